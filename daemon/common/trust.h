/* SPDX-License-Identifier: Apache-2.0
 *
 * Can a directory or file be trusted? Yes, if only root, our user and, if configured, one group can
 * change its content or replace it. It is as safe as the directories above it, so all of them are
 * checked, from the root of the file system, symbolic links included.
 *
 * The rule is that of sshd's StrictModes. Each directory belongs to root or to us, and its group
 * and others cannot write to it. Above the last one, sticky directories (/tmp) are good enough,
 * because others cannot move our files away in one; a symbolic link in one must belong to root or
 * to us. Only modes are checked: further access lists show in the mode as rights of the group.
 *
 * All problems are reported at once, each with the command that fixes it.
 */
#ifndef DAEMON_COMMON_TRUST_H
#define DAEMON_COMMON_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TRUST_NO_GROUP ((gid_t)-1)

/* Directories that were reported. Zero-initialise it. */
struct trust_seen {
    size_t n;
    struct {
        dev_t device;
        ino_t inode;
    } at[64];
};

struct trust_policy {
    uid_t user;   /* may own it, besides root: geteuid() */
    gid_t group;  /* may write to it; TRUST_NO_GROUP: no group may */
    gid_t own;    /* the user's own group, see account_own_group(); 0: none */
    bool missing; /* it need not exist yet: then only the existing ones above it are checked */
    bool file;    /* the path may also lead to a regular file */
    struct trust_seen *seen; /* shared by several checks, to report a directory once; or NULL */
};

/* The strings are valid during the call. Paths in them may hold any byte and have to be escaped
 * before they are shown; in `command` they are quoted for a shell. */
struct trust_diagnostic {
    const char *path;    /* without symbolic links; "" for the process */
    const char *message; /* "/srv is writable by others (mode 0777)" */
    const char *command; /* "chmod o-w /srv" */
};

typedef void trust_report(void *data, const struct trust_diagnostic *diagnostic);

/* Checks a directory or, with `file`, a file, and all directories above it. Returns 0 if it can be
 * trusted, else the number of diagnostics; 1 if all of them were reported before (`seen`). */
size_t trust_check(
    const char *path, const struct trust_policy *policy, trust_report *report, void *data);

/* Checks only one open directory (O_PATH will do), which is called `path`: for those below a
 * directory that was checked. */
size_t trust_check_open(
    int fd, const char *path, const struct trust_policy *policy, trust_report *report, void *data);

/* Reports that the process runs as root, unless that is allowed. Returns the number of diagnostics.
 */
size_t trust_check_root(bool allowed, trust_report *report, void *data);

/* Quotes `path` for a shell, if it has to be quoted. `out` needs four times its length and 3 bytes.
 */
void trust_quote(char *out, size_t size, const char *path);

/* Sets the umask: no rights for others, and none for the group unless files are `shared` with it.
 * Children inherit it. Returns the umask. */
mode_t trust_set_umask(bool shared);

#endif
