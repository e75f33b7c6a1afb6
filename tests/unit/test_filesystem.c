/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "daemon/common/filesystem.h"
#include "tests/unit/check_main.h"

/* Compares the table with the kernel's header, as far as that has the numbers. */
static const struct {
    uint32_t magic;
    const char *name;
    bool events, network;
} known[] = {
    {EXT4_SUPER_MAGIC, "ext4", true, false},
    {XFS_SUPER_MAGIC, "xfs", true, false},
    {BTRFS_SUPER_MAGIC, "btrfs", true, false},
    {F2FS_SUPER_MAGIC, "f2fs", true, false},
    {NILFS_SUPER_MAGIC, "nilfs2", true, false},
    {REISERFS_SUPER_MAGIC, "reiserfs", true, false},
    {MSDOS_SUPER_MAGIC, "vfat", true, false},
    {TMPFS_MAGIC, "tmpfs", true, false},
    {RAMFS_MAGIC, "ramfs", true, false},
    {OVERLAYFS_SUPER_MAGIC, "overlay", false, false},
    {ECRYPTFS_SUPER_MAGIC, "ecryptfs", false, false},
    {NFS_SUPER_MAGIC, "nfs", false, true},
    {SMB_SUPER_MAGIC, "smb", false, true},
    {V9FS_MAGIC, "9p", false, true},
    {AFS_SUPER_MAGIC, "openafs", false, true},
    {AFS_FS_MAGIC, "afs", false, true},
    {CODA_SUPER_MAGIC, "coda", false, true},
    {OCFS2_SUPER_MAGIC, "ocfs2", false, true},
    {HOSTFS_SUPER_MAGIC, "hostfs", false, true},
#ifdef FUSE_SUPER_MAGIC
    {FUSE_SUPER_MAGIC, "fuse", false, true},
#endif
#ifdef CIFS_SUPER_MAGIC
    {CIFS_SUPER_MAGIC, "cifs", false, true},
#endif
#ifdef SMB2_SUPER_MAGIC
    {SMB2_SUPER_MAGIC, "smb2", false, true},
#endif
#ifdef CEPH_SUPER_MAGIC
    {CEPH_SUPER_MAGIC, "ceph", false, true},
#endif
#ifdef EXFAT_SUPER_MAGIC
    {EXFAT_SUPER_MAGIC, "exfat", true, false},
#endif
    {0x0bd00bd0, "lustre", false, true},
    {0x47504653, "gpfs", false, true},
    {0x19830326, "beegfs", false, true},
    {0x2fc12fc1, "zfs", true, false},
};

START_TEST(known_ones)
{
    struct filesystem found = filesystem_by_magic(known[_i].magic);
    ck_assert_str_eq(found.name, known[_i].name);
    ck_assert_uint_eq(found.magic, known[_i].magic);
    ck_assert_int_eq(found.events, known[_i].events);
    ck_assert_int_eq(found.network, known[_i].network);
}
END_TEST

START_TEST(an_unknown_one)
{
    struct filesystem found = filesystem_by_magic(0x12345678);
    ck_assert_str_eq(found.name, "unknown");
    ck_assert(!found.events);
    ck_assert(found.network);
}
END_TEST

START_TEST(of_a_directory)
{
    struct filesystem found;
    int fd = open("/dev/shm", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct statfs status;
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fstatfs(fd, &status), 0);
    ck_assert_int_eq(filesystem_of(fd, &found), 0);
    ck_assert_uint_eq(found.magic, (uint32_t)status.f_type);
    ck_assert_str_eq(found.name, filesystem_by_magic(found.magic).name);
    close(fd);
    ck_assert_int_eq(filesystem_of(fd, &found), EBADF);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("filesystem");
    TCase *tc = add_case(suite, "filesystem");
    tcase_add_loop_test(tc, known_ones, 0, COUNT(known));
    tcase_add_test(tc, an_unknown_one);
    tcase_add_test(tc, of_a_directory);
    return check_main(suite);
}
