# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# For test scripts in sh: counts checks, as checks.py does.

passed=0
failed=0

# Passes if the command succeeds and prints nothing.
check() { # WHAT COMMAND...
    check_what=$1
    shift
    if check_output=$("$@" 2>&1) && [ -z "$check_output" ]; then
        passed=$((passed + 1))
        echo "ok    $check_what"
    else
        failed=$((failed + 1))
        echo "FAIL  $check_what"
        printf '%s\n' "$check_output" | sed 's/^/      /'
    fi
}

skip() { # REASON: nothing of the script can run here
    echo "skipped: $1"
    exit 77
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] || exit 1
}
