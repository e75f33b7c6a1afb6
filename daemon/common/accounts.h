/* SPDX-License-Identifier: Apache-2.0
 *
 * Users and groups by number, without the C library's name service: a static program has none, and
 * must not load the machine's modules for it, which belong to another C library. /etc/passwd and
 * /etc/group are read here; other accounts (LDAP, SSSD) are asked of getent(1), a program of the
 * machine's own C library.
 */
#ifndef DAEMON_COMMON_ACCOUNTS_H
#define DAEMON_COMMON_ACCOUNTS_H

#include <stdbool.h>
#include <sys/types.h>

enum { ACCOUNT_NAME = 64 };

/* The user's name, or "user NUMBER" if it has none, or one that does not fit. False for the
 * latter. */
bool account_name(uid_t user, char out[ACCOUNT_NAME]);

/* The group that has the user's name and no other member, as Debian creates one for each user. With
 * it a umask of 002 is usual, and only the user can write what the group may write. 0: none. */
gid_t account_own_group(uid_t user);

#endif
