/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a directory can be relied on: that nobody but root, the daemon's own user and, where that
 * is wanted, one group can change what is in it or put something else in its place. A directory is
 * as safe as all those above it, so all of them are looked at, from the root of the file system,
 * symbolic links included.
 *
 * The rule is that of sshd's StrictModes. Each directory belongs to root or to us, and its group
 * and others cannot write there. Above the one that is asked for, sticky directories (/tmp) are
 * good enough, because what is ours cannot be moved away in one; a symbolic link in one must
 * belong to root or to us. Only modes are looked at: access lists beyond them show there as
 * the group's rights.
 *
 * Every complaint has the command that ends it, and all complaints are made at once.
 */
#ifndef DAEMON_COMMON_TRUST_H
#define DAEMON_COMMON_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TRUST_NO_GROUP ((gid_t)-1)

/* Directories that were complained of. Zero-initialise it. */
struct trust_seen {
    size_t n;
    struct {
        dev_t device;
        ino_t inode;
    } at[64];
};

struct trust_policy {
    uid_t user;   /* whose it may be, beside root: geteuid() */
    gid_t group;  /* whose members may write; TRUST_NO_GROUP: nobody's */
    gid_t own;    /* the user's own group, see trust_own_group(); 0: there is none */
    bool missing; /* it need not exist yet: then those above it are looked at, and that is all */
    struct trust_seen *seen; /* of several checks, for one complaint per directory; or NULL */
};

/* One complaint. The strings are valid during the call. Paths in them may hold any byte and have to
 * be escaped where they are shown; in `command` they are quoted for a shell. */
struct trust_complaint {
    const char *path;    /* what it is about, without symbolic links in it; "" for the process */
    const char *message; /* "/srv is writable by others (mode 0777)" */
    const char *command; /* "chmod o-w /srv" */
};

typedef void trust_report(void *data, const struct trust_complaint *complaint);

/* Looks at a directory and at all above it. A relative path begins at the working directory.
 * Returns 0 when it can be relied on, else the number of complaints; 1 when all were made before
 * (`seen`). */
size_t trust_check(
    const char *path, const struct trust_policy *rules, trust_report *report, void *data);

/* Looks at one open directory only (O_PATH will do), which is called `path`: for those below a
 * directory that was checked. */
size_t trust_check_open(
    int fd, const char *path, const struct trust_policy *rules, trust_report *report, void *data);

/* The group that has the user's name and nobody else in it, as Debian gives one to each user;
 * there, a umask of 002 is usual, and what the group may write the user alone may. 0: there is
 * none. */
gid_t trust_own_group(uid_t user);

/* Complains of running as root, unless that is allowed. Returns the number of complaints. */
size_t trust_check_root(bool allowed, trust_report *report, void *data);

/* `path` for a shell, as in the commands: as it is when that is safe, else in single quotes, for
 * which `out` needs four times its length and 3 bytes. */
void trust_quote(char *out, size_t size, const char *path);

/* Sets the mask of new files and directories: nothing for others, and nothing for the group unless
 * they are `shared` with it. Children inherit it. Returns the mask. */
mode_t trust_set_umask(bool shared);

#endif
