/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stddef.h>
#include <sys/vfs.h>

#include "daemon/common/filesystem.h"

/* FUSE may be anything: sshfs and glusterfs have servers, bindfs shows a directory that others
 * write to directly. */
enum filesystem_kind { LOCAL, MEMORY, LAYERED, NETWORK };

/* Where the numbers are documented: [m] linux/magic.h, [k] the file system's source in the kernel,
 * [s] statfs(2), [v] public headers of its vendor, as repeated in coreutils' src/stat.c. They are
 * literals because older headers lack some. */
static const struct {
    uint32_t magic;
    enum filesystem_kind kind;
    const char *name;
} filesystem_table[] = {
    {0xef53, LOCAL, "ext4"},           /* [m] EXT4_SUPER_MAGIC; also ext2 and ext3 */
    {0x58465342, LOCAL, "xfs"},        /* [m] XFS_SUPER_MAGIC */
    {0x9123683e, LOCAL, "btrfs"},      /* [m] BTRFS_SUPER_MAGIC */
    {0x2fc12fc1, LOCAL, "zfs"},        /* [v] OpenZFS, ZFS_SUPER_MAGIC */
    {0xf2f52010, LOCAL, "f2fs"},       /* [m] F2FS_SUPER_MAGIC */
    {0xca451a4e, LOCAL, "bcachefs"},   /* [k] BCACHEFS_STATFS_MAGIC */
    {0x3153464a, LOCAL, "jfs"},        /* [k] JFS_SUPER_MAGIC */
    {0x3434, LOCAL, "nilfs2"},         /* [m] NILFS_SUPER_MAGIC */
    {0x52654973, LOCAL, "reiserfs"},   /* [m] REISERFS_SUPER_MAGIC */
    {0x2011bab0, LOCAL, "exfat"},      /* [m] EXFAT_SUPER_MAGIC */
    {0x4d44, LOCAL, "vfat"},           /* [m] MSDOS_SUPER_MAGIC */
    {0x7366746e, LOCAL, "ntfs3"},      /* [k] in fs/ntfs3/super.c */
    {0x01021994, MEMORY, "tmpfs"},     /* [m] TMPFS_MAGIC */
    {0x858458f6, MEMORY, "ramfs"},     /* [m] RAMFS_MAGIC */
    {0x794c7630, LAYERED, "overlay"},  /* [m] OVERLAYFS_SUPER_MAGIC */
    {0x61756673, LAYERED, "aufs"},     /* [s] AUFS_SUPER_MAGIC */
    {0xf15f, LAYERED, "ecryptfs"},     /* [m] ECRYPTFS_SUPER_MAGIC */
    {0x65735546, NETWORK, "fuse"},     /* [m] FUSE_SUPER_MAGIC; also virtiofs */
    {0x6969, NETWORK, "nfs"},          /* [m] NFS_SUPER_MAGIC */
    {0x517b, NETWORK, "smb"},          /* [m] SMB_SUPER_MAGIC */
    {0xff534d42, NETWORK, "cifs"},     /* [m] CIFS_SUPER_MAGIC */
    {0xfe534d42, NETWORK, "smb2"},     /* [m] SMB2_SUPER_MAGIC */
    {0x0bd00bd0, NETWORK, "lustre"},   /* [v] Lustre, LL_SUPER_MAGIC */
    {0x47504653, NETWORK, "gpfs"},     /* [v] IBM Storage Scale; "GPFS" in ASCII */
    {0x19830326, NETWORK, "beegfs"},   /* [v] BeeGFS, BEEGFS_MAGIC (once fhgfs) */
    {0x00c36400, NETWORK, "ceph"},     /* [m] CEPH_SUPER_MAGIC */
    {0x18031977, NETWORK, "wekafs"},   /* [v] WEKA, as in libfuse's util/fusermount.c */
    {0xaad7aaea, NETWORK, "panfs"},    /* [v] Panasas */
    {0x20030528, NETWORK, "orangefs"}, /* [k] ORANGEFS_SUPER_MAGIC; also PVFS2 */
    {0x013111a8, NETWORK, "ibrix"},    /* [v] HP StoreAll */
    {0xbeefdead, NETWORK, "snfs"},     /* [v] Quantum StorNext */
    {0x01021997, NETWORK, "9p"},       /* [m] V9FS_MAGIC */
    {0x5346414f, NETWORK, "openafs"},  /* [m] AFS_SUPER_MAGIC */
    {0x6b414653, NETWORK, "afs"},      /* [m] AFS_FS_MAGIC, the kernel's own client */
    {0x73757245, NETWORK, "coda"},     /* [m] CODA_SUPER_MAGIC */
    {0x01161970, NETWORK, "gfs2"},     /* [k] GFS2_MAGIC; one disk, several machines */
    {0x7461636f, NETWORK, "ocfs2"},    /* [m] OCFS2_SUPER_MAGIC; likewise */
    {0x786f4256, NETWORK, "vboxsf"},   /* [k] VBOXSF_SUPER_MAGIC: the host's files */
    {0xbacbacbc, NETWORK, "vmhgfs"},   /* [v] VMware: the host's files */
    {0x00c0ffee, NETWORK, "hostfs"},   /* [m] HOSTFS_SUPER_MAGIC: the host's files */
};

struct filesystem filesystem_by_magic(uint32_t magic)
{
    for (size_t i = 0; i < sizeof filesystem_table / sizeof *filesystem_table; i++) {
        enum filesystem_kind kind = filesystem_table[i].kind;
        if (filesystem_table[i].magic == magic)
            return (struct filesystem){
                .name = filesystem_table[i].name,
                .magic = magic,
                .events = kind == LOCAL || kind == MEMORY,
                .network = kind == NETWORK,
                .in_memory = kind == MEMORY,
            };
    }
    return (struct filesystem){.name = "unknown", .magic = magic, .network = true};
}

int filesystem_of(int fd, struct filesystem *out)
{
    struct statfs status;
    if (fstatfs(fd, &status) != 0)
        return errno;
    /* f_type is signed, and 64 bits wide on some machines. */
    *out = filesystem_by_magic((uint32_t)status.f_type);
    return 0;
}
