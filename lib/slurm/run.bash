# shellcheck shell=bash
# The same in every sweep. A run is done by one job at a time, and not again once it is done, whoever
# submits or requeues what: each attempt has a file status/RUN.N, created with O_EXCL and appended to
# by that attempt only; nothing is ever renamed or removed. An attempt begins only when the one
# before has ended or its job is gone. bash 4.2 is enough.
set -uo pipefail

# Ends a task that has made no attempt.
quit() { # STATUS MESSAGE
    printf '%s: %s\n' "${run:-task $task}" "$2" >&2
    exit "$1"
}

# --- which run ---

find_sweep() { # [DIRECTORY]
    sweep=${1:-$start}
    [[ $sweep == /* ]] || sweep=$start/$sweep
    [[ -f $sweep/manifest.json ]] ||
        quit 78 "no sweep in $sweep: use submit.sh, or call sbatch in the sweep directory"
}

# Copies the config of the run from configs.packed into a directory of its own, and sets `config`.
# All lines of the index but the first are equally long, so that dd can go to that of the run.
take_config() {
    local header='' line='' name='' size='' number stride=0
    { IFS= read -r header && IFS= read -r line; } <"$sweep/configs.index"
    if [[ "$header $line" =~ ^sweepd-packed-1\ ([0-9]+)\ [0-9]+\ run_([0-9]+)\ +[0-9]+$ ]]; then
        stride=$((10#${BASH_REMATCH[1]}))
        number=$((10#${run#run_} - 10#${BASH_REMATCH[2]}))
        read -r name size < <(dd if="$sweep/configs.index" bs=4096 count=$((${#line} + 1)) \
            skip=$((${#header} + 1 + number * (${#line} + 1))) \
            iflag=skip_bytes,count_bytes,fullblock status=none)
    fi
    [[ $name == "$run" && $size =~ ^[0-9]+$ ]] || return 1
    ((10#$size <= stride)) || return 1
    [[ -d ${TMPDIR-} ]] || TMPDIR=/tmp
    taken=$(mktemp -d -- "$TMPDIR/$run.XXXXXX") || return 1
    trap 'rm -rf -- "$taken"' EXIT
    config=$taken/$run.yaml
    dd if="$sweep/configs.packed" of="$config" bs=65536 count="$size" skip=$((number * stride)) \
        iflag=skip_bytes,count_bytes,fullblock status=none
    [[ $(stat -c %s -- "$config") == "$size" ]]
}

# Task k has line k+1 of the list; without a list, the k-th run of the sweep.
find_run() { # [LIST]
    local k=${SLURM_ARRAY_TASK_ID:-0} list=${1:-$own_list} names=() folder=''
    if [[ $list ]]; then
        [[ $list == /* ]] || list=$sweep/$list
        [[ -r $list ]] || quit 78 "cannot read the list of runs, $list"
        mapfile -t -s "$k" -n 1 names <"$list"
        [[ ${#names[@]} == 1 && ${names[0]} =~ ^run_[0-9]{1,9}$ ]] ||
            quit 78 "line $((k + 1)) of $list is not the name of a run"
        run=${names[0]}
    elif ((k < runs)); then
        printf -v run 'run_%0*d' "$digits" $((first_run + k))
    else
        quit 78 "the sweep has only $runs runs: use submit.sh, or --array=0-$((runs - 1))"
    fi
    if [[ -f $sweep/configs.index ]]; then
        take_config ||
            quit 78 "cannot find its config in configs.index and configs.packed: try sweepctl verify $sweep"
        return
    fi
    if ((runs_per_folder > 0)); then
        printf -v folder '%03d/' $((10#${run#run_} / runs_per_folder))
    fi
    trained=$sweep/configs/$folder$run.yaml
    [[ ! $then ]] || run=$run.$then
    config=$sweep/configs/$folder$run.yaml
    [[ -r $config ]] || quit 78 "cannot read its config, $config"
}

# --- after a run ---

# In a script for what is done after each run: ends this task unless the run has succeeded. Sets
# `moved` to what its last attempt has added to its directory, `trained_in`.
check_trained() {
    local before=$sweep/status/${run%."$then"} n=0 lines=() tries=0 line=''
    while [[ -e $before.$((n + 1)) ]]; do
        n=$((n + 1))
    done
    ((n > 0)) || quit 0 "not started: ${run%."$then"} has not begun; submit it, and this again"
    while :; do
        mapfile -t lines <"$before.$n"
        [[ ${#lines[@]} == 0 ]] || line=${lines[${#lines[@]} - 1]}
        [[ $line != *' end '* ]] || break
        # A network file system may show the end some seconds later.
        [[ $((tries += 1)) -le 5 ]] ||
            quit 0 "not started: ${run%."$then"} has not ended; submit this again when it is done"
        sleep 2
    done
    [[ $line == *' end class=done '* ]] ||
        quit 0 "not started: attempt $n of ${run%."$then"} has not succeeded (${line#* end })"
    moved='' trained_in=$(config_value "$own_output" "$trained")
    [[ ! ${lines[0]} =~ \ output=.*(/attempt_[0-9]+)$ ]] || moved=${BASH_REMATCH[1]}
}

# Writes the config with the directory of the run's last attempt instead of that of its first.
follow_trained() { # TO
    [[ $trained_in ]] || return 1
    from=$trained_in moved=$moved to=$1 awk '
        BEGIN { from = ENVIRON["from"]; n = length(from) }
        {
            rest = $0; line = ""
            while ((at = index(rest, from)) > 0) {
                line = line substr(rest, 1, at + n - 1)
                rest = substr(rest, at + n)
                if (rest == "" || index("/\"\047,] \t", substr(rest, 1, 1)) > 0) {
                    line = line ENVIRON["moved"]
                    found = 1
                }
            }
            print line rest > ENVIRON["to"]
        }
        END { exit !found }
    ' "$config"
}

# --- the fence ---

# Sets `gone` to 1 if the job of an attempt has ended, to 0 if it has not. Fails if Slurm cannot say.
ask_slurm() { # JOB.TASK
    local answer rc
    answer=$(timeout 20 squeue -h -r -j "${1/./_}" -t R,CG,CF,S,ST,SI,SO -o %T 2>&1)
    rc=$?
    if [[ $rc == 0 ]]; then
        gone=1
        [[ -z $answer ]] || gone=0
    elif [[ $answer == *'Invalid job id specified'* ]]; then
        gone=1
    else
        return 1
    fi
}

# The number of the run's last attempt, 0 if there is none.
find_last() {
    while [[ -e $status.$((last + 1)) ]]; do
        last=$((last + 1))
    done
}

# True if the last attempt has ended; ends this task if the run is done or being done.
last_has_ended() {
    local lines again holder tries=0
    while :; do
        mapfile -t lines <"$status.$last"
        [[ ${#lines[@]} == 0 ]] || break
        # Its job is about to write the first line, or was killed before it could, or the disk is full.
        [[ $((tries += 1)) -le 60 ]] || return 0
        sleep 0.5
    done
    tries=0
    while :; do
        read -r _ _ holder _ <<<"${lines[0]}"
        case ${lines[${#lines[@]} - 1]} in
        *' end class=done '*) quit 0 "already done, in attempt $last by job $holder" ;;
        *' end '*) return 0 ;;
        esac
        # The same task, before it was requeued.
        [[ $holder != "$task" ]] || return 0
        if ask_slurm "$holder"; then
            [[ $gone == 1 ]] || quit 0 "job $holder is running it, as attempt $last"
            # It may have written more between the reading and the answer: read what it wrote last.
            mapfile -t again <"$status.$last"
            [[ ${#again[@]} != "${#lines[@]}" ]] || return 0
            lines=("${again[@]}")
        else
            [[ $((tries += 1)) -le 6 ]] ||
                quit 75 "perhaps running as job $holder: squeue does not answer; submit it again later"
            sleep 10
        fi
    done
}

# True if an attempt before this one may have left results: all but those that failed in set-up.
has_results() {
    local n lines
    for ((n = 1; n < attempt; n++)); do
        mapfile -t lines <"$status.$n"
        [[ ${#lines[@]} -gt 0 && ${lines[${#lines[@]} - 1]} == *' end class=setup '* ]] || return 0
    done
    return 1
}

note() { # TEXT    appends a line to the attempt's file, by one write
    local line
    printf -v line '%(%s)T %s' -1 "$*"
    { printf '%s\n' "$line" >>"$status.$attempt"; } 2>/dev/null
}

start_line() {
    local words=''
    ((resumed == 0)) || words=" resume=$resume from=$resumed"
    note start "$task" restart="${SLURM_RESTART_COUNT:-0}" job="${SLURM_JOB_ID:-none}" \
        host="${SLURMD_NODENAME:-$HOSTNAME}$words" output="$output"
}

# Takes the run: sets `attempt`, and its file has the first line.
begin_attempt() {
    local tries=0
    status=$sweep/status/$run
    mkdir -p -- "$sweep/status" "$sweep/logs" 2>/dev/null
    last=0
    while :; do
        [[ -z $signal ]] || exit 143
        find_last
        [[ $last == 0 ]] || last_has_ended
        attempt=$((last + 1))
        find_output
        if (set -C; : >"$status.$attempt") 2>/dev/null; then
            start_line || quit 78 "cannot write to $status.$attempt"
            begun=1
            # If this took so long that another job no longer waited for the line, that job goes on.
            [[ ! -e $status.$((attempt + 1)) ]] || finish failed 75
            return
        fi
        # Somebody else was faster, which a network file system may not show at once.
        [[ -e $status.$attempt || $((tries += 1)) -le 5 ]] || quit 78 "cannot create $status.$attempt"
        [[ -e $status.$attempt ]] || sleep 1
    done
}

# --- where it writes ---

# The value of a top-level key in the config, without quotes.
config_value() { # KEY [CONFIG]
    local value double='^"(([^"\\]|\\.)*)"' single="^'(([^']|'')*)'"
    value=$(grep -a -m 1 -- "^$1: " "${2:-$config}") || return 1
    value=${value#"$1: "}
    if [[ $value =~ $double ]]; then
        value=${BASH_REMATCH[1]//\\\"/\"}
        value=${value//\\\\/\\}
    elif [[ $value =~ $single ]]; then
        value=${BASH_REMATCH[1]//\'\'/\'}
    else
        value=${value%% #*}
    fi
    printf '%s' "$value"
}

# True if a directory has a whole checkpoint, of the newest epoch that it has anything of. Sets
# `epoch`.
is_resumable() { # DIRECTORY
    local state=$1/$resume_state name newest=-1
    # The end of a whole zip archive.
    [[ -f $state && $(tail -c 22 -- "$state" | head -c 4) == $'PK\005\006' ]] || return 1
    for name in "$1/$resume_epochs"*; do
        name=${name#"$1/$resume_epochs"}
        [[ $name =~ ^[0-9]{1,9}$ ]] && ((10#$name > newest)) && newest=$((10#$name))
    done
    epoch=$1/$resume_epochs$newest
    # The state is written last: what is newer was saved after it, perhaps not whole.
    [[ -d $epoch && -z $(find "$epoch" -newer "$state" -print -quit) ]]
}

# Looks for an attempt that this one can go on from: sets `resumed` to its number, else to 0.
find_resumable() {
    local n lines
    resumed=0
    for ((n = attempt - 1; n > 0; n--)); do
        mapfile -t lines <"$status.$n"
        [[ ${#lines[@]} -gt 0 && ${lines[${#lines[@]} - 1]} != *' end class=setup '* ]] || continue
        output=${lines[0]#* output=}
        if is_resumable "$output"; then
            resumed=$n suffix=''
            [[ ! $output =~ /attempt_[0-9]+$ ]] || suffix=${BASH_REMATCH[0]}
        fi
        return
    done
}

# Sets `output`, for the status file, and `suffix`, which the paths that a run writes to get.
find_output() {
    suffix='' output='' resumed=0
    if has_results; then
        suffix=/attempt_$attempt
        [[ $resume == no ]] || find_resumable
        ((resumed == 0)) || return 0
    fi
    output=''
    if [[ ${#outputs[@]} -gt 0 ]] && output=$(config_value "${outputs[0]}"); then
        [[ -z $moved ]] || output=${output/#"$trained_in"/$trained_in$moved}
        [[ $output == /* || $output == \$* ]] || output=$start/$output
        output=$output$suffix
    fi
}

# Writes the config again with the suffix at the paths of `outputs`, each "key" or "key.key" on a
# line of its own. Prints the changed lines.
derive_config() { # TO
    suffix=$suffix keys=${outputs[*]} to=$1 awk '
        function end_of(value) { # the length up to which a scalar goes, without a closing quote
            if (match(value, /^"([^"\\]|\\.)*"/) || match(value, /^\047([^\047]|\047\047)*\047/))
                return RLENGTH - 1
            sub(/[ \t]+#.*$/, "", value)
            sub(/[ \t]+$/, "", value)
            return length(value)
        }
        BEGIN {
            for (n = split(ENVIRON["keys"], list, " "); n > 0; n--) wanted[list[n]] = 1
        }
        match($0, /^ *[A-Za-z_][A-Za-z0-9_]*:/) {
            key = substr($0, 1, RLENGTH - 1)
            indent = match(key, /[^ ]/) - 1
            key = substr(key, indent + 1)
            if (indent == 0) { top = key; inner = -1; path = key }
            else if (inner < 0 || indent == inner) { inner = indent; path = top "." key }
            else path = ""
            if (path in wanted && !(path in found)) {
                found[path] = 1
                colon = index($0, ": ")
                value = substr($0, colon + 2)
                end = end_of(value)
                $0 = substr($0, 1, colon + 1) substr(value, 1, end) ENVIRON["suffix"] substr(value, end + 1)
                print
            }
        }
        { print > ENVIRON["to"] }
        END { for (path in wanted) if (!(path in found)) exit 1 }
    ' "$config"
}

# --- the attempt ---

finish() { # CLASS STATUS [WORD...]
    local class=$1 rc=$2
    shift 2
    note end "class=$class" "rc=$rc" "signal=$signal" "$@"
    printf '%s: attempt %s ended: %s, exit status %s%s\n' "$run" "$attempt" "$class" "$rc" \
        "${signal:+, after SIG$signal}${1:+ ($1)}"
    exit "$rc"
}

fail_setup() { # MESSAGE
    printf '%s: %s\n' "$run" "$1"
    finish setup 78
}

# shellcheck disable=SC2317  # called by traps
caught() { # SIGNAL
    signal=$1 got=1
    [[ -z $begun ]] || note signal "$1"
    [[ -z $child ]] || kill -s "$1" "$child" 2>/dev/null
}

# Why Slurm stopped the task, as far as it says so while the task ends.
why_stopped() {
    local state reason restarts
    IFS=$'\037' read -r state reason restarts _ < <(timeout 3 squeue -h -j "${task/./_}" \
        -O $'State:\037,Reason:\037,RestartCnt:\037' 2>/dev/null)
    case ${state:-}/${reason:-} in
    */TimeLimit) printf 'reason=timeout' ;;
    PENDING/*) printf 'reason=requeue' ;;
    /*) ;;
    *)
        if [[ ${restarts:-0} -gt ${SLURM_RESTART_COUNT:-0} ]]; then
            printf 'reason=requeue'
        else
            printf 'reason=cancelled'
        fi
        ;;
    esac
}

enter_start() {
    if ! cd -- "$start" 2>/dev/null || ! [[ . -ef $start ]]; then
        fail_setup "cannot work in the directory that it was submitted from, $start"
    fi
}

# The version of the trainer, from the Python that a program's first line names.
trainer_version() { # PROGRAM
    local line words
    { IFS= read -r line <"$1"; } 2>/dev/null
    [[ ${line:-} == '#!'*python* ]] || return 1
    read -ra words <<<"${line#'#!'}"
    timeout 60 "${words[@]}" -c \
        'import sys, importlib.metadata as m; print(m.version(sys.argv[1]))' "$trainer" 2>/dev/null
}

# --- set-up, in a subshell: what it sources can neither change our variables nor end the attempt ---

missing() { # MESSAGE
    printf '%s: %s\n' "$run" "$1"
    exit 78
}

# What `module` needs in a shell that is no login shell.
find_modules() {
    local file
    type -t module >/dev/null && return
    for file in "${LMOD_PKG:-}/init/bash" "${MODULESHOME:-}/init/bash" /etc/profile.d/modules.sh \
        /etc/profile.d/lmod.sh /usr/share/modules/init/bash /usr/share/lmod/lmod/init/bash; do
        # shellcheck source=/dev/null
        [[ -r $file ]] && source "$file"
        type -t module >/dev/null && return
    done
    missing 'there is no command "module" here: remove "modules" from "setup" in the spec'
}

load_modules() {
    local name
    find_modules
    for name in "${modules[@]}"; do
        module load "$name"
        # Older versions exit with 0 when they fail.
        [[ :${LOADEDMODULES:-}: == *[:/]"$name"[:/]* ]] ||
            missing "cannot load the module $name: correct \"setup\": {\"modules\": …} in the spec"
    done
}

use_venv() {
    [[ -x $venv/bin/python ]] ||
        missing "no virtual environment in $venv: correct \"setup\": {\"venv\": …} in the spec"
    unset PYTHONHOME
    export VIRTUAL_ENV=$venv PATH=$venv/bin:$PATH
}

activate_conda() {
    local program
    program=$(type -P conda) || program=${CONDA_EXE:-}
    for program in "$program" ~/{miniforge3,miniconda3,anaconda3,mambaforge}/bin/conda \
        /opt/{conda,miniforge3,miniconda3}/bin/conda; do
        [[ ! -x $program ]] || break
    done
    [[ -x $program ]] || missing 'cannot find conda: load it by "modules" in "setup" of the spec'
    eval "$("$program" shell.bash hook)"
    conda activate "$conda" ||
        missing "no conda environment $conda: correct \"setup\": {\"conda\": …} in the spec"
}

set_up() {
    set +u # scripts of other people
    [[ ${#modules[@]} == 0 ]] || load_modules
    [[ -z $conda ]] || activate_conda
    [[ -z $venv ]] || use_venv
    if [[ $prolog ]]; then
        [[ -r $prolog ]] || missing "cannot read the prolog, $prolog"
        # shellcheck source=/dev/null
        source "$prolog" || missing "the prolog failed: $prolog"
    fi
    set -u
}

# Sets `program` to the path of the command.
find_program() { # NAME
    program=$(type -P -- "$1") ||
        missing "no program \"$1\" on PATH: name its environment in the spec, for example \
\"setup\": {\"venv\": \"~/envs/$trainer\"}, or load it before submit.sh"
}

# Says what was found, or what is missing. The first WORDS of the command are those of run_with; if
# they are those of a container, the trainer's program need not be here.
check_command() { # WORDS WORD...
    local before=$1 program version trained
    shift
    find_program "$1"
    trained=$program
    if ((before > 0)); then
        trained=$(type -P -- "${@:before+1:1}") || trained="$program ${*:before+1:1}"
    fi
    version=$(trainer_version "$trained") || version='version not known'
    printf '%s: attempt %s, job %s on %s: %s (%s %s), GPUs %s, in %s\n' "$run" "$attempt" "$task" \
        "${SLURMD_NODENAME:-$HOSTNAME}" "$trained" "$trainer" "$version" \
        "${CUDA_VISIBLE_DEVICES:-none}" "$start"
    printf '%s:' "$run"
    printf ' %q' "$@"
    printf '\n'
}

# The first node and a port, where the processes of all nodes meet.
find_head() {
    read -r head < <(scontrol show hostnames "${SLURM_JOB_NODELIST:-}")
    # A node's name need not be one of the network.
    if [[ $head ]] && ! getent hosts "$head" >/dev/null; then
        head=$(scontrol show node -o "$head" | sed -n 's/.* NodeAddr=\([^ ]*\) .*/\1/p')
    fi
    [[ $head ]] || fail_setup 'cannot tell the nodes of the job: scontrol does not answer'
    # shellcheck disable=SC2034  # for set_command
    port=$((15000 + SLURM_JOB_ID % 16000)) # below the ports that systems hand out
}

# What makes the command go on from `epoch`.
add_resume_words() {
    local files=() file list=''
    printf '%s: resuming attempt %s, from %s\n' "$run" "$resumed" "$epoch"
    [[ $resume != changed ]] || printf '%s: the result is not that of an uninterrupted run\n' "$run"
    command+=("${resume_words[@]}")
    [[ $resume_files ]] || return 0
    for file in "$epoch"/*model*; do
        [[ $file == *.json || $file == */adapter_* ]] || files+=("${epoch##*/}/${file##*/}")
    done
    [[ ${#files[@]} -gt 0 ]] || fail_setup "there are no weights in $epoch"
    printf -v list '%s,' "${files[@]}"
    command+=("$resume_files=[${list%,}]")
}

# Becomes the command. Its words are arguments, because what set_up sources may have variables of any
# name.
become() { # WORDS-OF-RUN-WITH WORD...
    trap 'exit 78' EXIT # also if the prolog exits
    set_up
    check_command "$@"
    trap - EXIT
    shift
    [[ ${#environment[@]} == 0 ]] || set -- env "${environment[@]}" "$@"
    # One launcher on each node.
    ((nodes == 1)) || set -- srun --ntasks="$nodes" --ntasks-per-node=1 --kill-on-bad-exit=1 "$@"
    exec "$@"
}

run_command() {
    local rc=0 before why
    [[ -z $signal ]] || finish stopped 143
    become ${#run_with[@]} "${command[@]}" &
    child=$!
    [[ -z $signal ]] || kill -s "$signal" "$child" 2>/dev/null
    # wait returns early when a signal arrives. If the child has ended by then, bash 5.2 may say -1
    # when asked again.
    while
        before=$rc got=
        wait "$child"
        rc=$?
        [[ $rc != -1 && ($rc != 127 || $before == 0) ]] || rc=$before
        [[ $got ]]
    do :; done
    if [[ $signal ]]; then
        why=$(why_stopped)
        finish stopped "$rc" ${why:+"$why"}
    fi
    [[ $rc != 78 ]] || finish setup 78
    [[ $rc == 0 ]] || finish failed "$rc"
    finish "done" 0
}

# For `sweepctl submit`, without a job: fails if set-up fails here, or if there is no such command.
check_here() {
    run=${0##*/} start=$PWD config=CONFIG
    set_command
    [[ ${#run_with[@]} == 0 ]] || command=("${run_with[@]}")
    trap 'exit 78' EXIT # also if the prolog exits
    set_up
    find_program "${command[0]}"
    trap - EXIT
    exit 0
}

main() {
    local name
    [[ ${1:-} != --check ]] || check_here
    signal='' got='' begun='' child='' moved=''
    start=${SLURM_SUBMIT_DIR:-$PWD}
    task=${SLURM_ARRAY_JOB_ID:-${SLURM_JOB_ID:-none}}${SLURM_ARRAY_TASK_ID:+.$SLURM_ARRAY_TASK_ID}
    find_sweep "${1:-}"
    find_run "${2:-}"
    [[ ! $then ]] || check_trained
    for name in TERM INT HUP USR1 USR2; do
        # shellcheck disable=SC2064  # the name is meant now
        trap "caught $name" "$name"
    done
    begin_attempt
    log=logs/$run.$attempt.log
    printf '%s: attempt %s, output in %s\n' "$run" "$attempt" "$log"
    # Not exec in a group whose stderr is redirected: after it, stderr would be the job's again.
    { : >>"$sweep/$log"; } 2>/dev/null || finish setup 78
    exec >>"$sweep/$log" 2>&1
    enter_start
    if [[ $moved ]]; then
        followed=$sweep/logs/$run.$attempt.run.yaml
        printf '%s: the run is in its directory %s: this has a config of its own, %s\n' "$run" \
            "${moved#/}" "$followed"
        follow_trained "$followed" || fail_setup "cannot find the directory of the run in $config"
        config=$followed
    fi
    if [[ $suffix ]]; then
        derived=$sweep/logs/$run.$attempt.yaml
        printf '%s: this attempt has a config of its own, %s, with\n' "$run" "$derived"
        derive_config "$derived" || fail_setup "cannot change the paths of ${outputs[*]} in $config"
        config=$derived
    fi
    ((nodes == 1)) || find_head
    set_command
    if ((resumed > 0)); then
        add_resume_words
    elif [[ $resume != no && $suffix ]]; then
        printf '%s: no whole checkpoint to resume from: starting from the beginning\n' "$run"
    fi
    # An empty array counts as unset before bash 4.4.
    [[ ${#run_with[@]} == 0 ]] || command=("${run_with[@]}" "${command[@]}")
    run_command
}

main "$@"
