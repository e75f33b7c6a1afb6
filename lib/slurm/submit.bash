# shellcheck shell=bash
# The same in every sweep. A run is neither lost nor submitted twice, whatever is killed or stops in
# between: what is in doubt is asked for, and only what is on disk is released.
#
# Each job array has a file submissions/N, which is replaced by rename. It goes through these states:
#   intent     its token is on disk; a job with the token may exist, but it is held
#   known      the job's id is on disk
#   released   it may run; a controller that is killed within seconds may still forget it
#   confirmed  it was there later than that
# A held job never runs, so submitting again in doubt is harmless; further jobs with the token are
# cancelled. bash 4.2 and coreutils 8.22 are enough.
set -uo pipefail

usage() {
    cat <<TEXT
usage: submit.sh [OPTION…] [-- OPTION OF SBATCH…]

Submits the runs of $name that are not submitted yet, and prints the ids of their job arrays.
It may be interrupted at any time: call it again. The jobs start in the directory that it is
called from, or that earlier runs of the sweep were submitted from.

  -n, --dry-run       show what would be submitted, and whether sbatch would accept it
  --runs RUN[,RUN…]   only these runs
  --runs-from FILE    only the runs in FILE, one a line; - is stdin
  --again             also runs that were submitted before; those that are done or running
                      are not started again
  --array-size N      max tasks in one array; default: what the cluster allows, else 1001
  --wait SECONDS      give up if Slurm does not answer for this long (120)
  --settle SECONDS    wait before looking whether the jobs are still there (9)

Exit codes: 0 all are submitted; 1 refused, or failed; 2 usage error; 4 only a part is
submitted: a limit of jobs is reached, call it again later; 6 Slurm does not answer: call it
again later, to finish.
TEXT
}

say() { printf 'submit.sh: %s\n' "$*" >&2; }
die() { # STATUS MESSAGE
    say "$2"
    exit "$1"
}
plural() { # COUNT NOUN
    printf '%s %s%s' "$1" "$2" "$([[ $1 == 1 ]] || printf s)"
}

# --- command line ---

read_seconds() { # OPTION VALUE
    [[ $2 =~ ^[0-9]{1,6}$ ]] || die 2 "$1: \"$2\" is not a number of seconds"
}

select_runs() { # LIST, with commas
    local names
    IFS=', ' read -ra names <<<"$1"
    selected+=(${names[@]+"${names[@]}"})
    selecting=1
}

select_from() { # FILE
    local names file=$1
    [[ $file != - ]] || file=/dev/stdin
    [[ -r $file ]] || die 2 "cannot read $1"
    mapfile -t names <"$file"
    selected+=(${names[@]+"${names[@]}"})
    selecting=1
}

# sbatch takes abbreviations too, but its last option wins, and ours come last.
refuse_option() { # WORD
    case $1 in
    -a* | --array | --array=* | -o* | --output | --output=* | -H | --hold | -J* | --job-name | --job-name=* | \
        --comment | --comment=* | --test-only | --wrap | --wrap=* | -D* | --chdir | --chdir=* | --parsable | \
        -M* | --clusters | --clusters=* | -i* | --input | --input=* | -W | --wait)
        die 2 "option $1 of sbatch is set by submit.sh, or would break it" ;;
    *$'\n'*) die 2 "an option of sbatch has a line break" ;;
    esac
}

parse() {
    local word
    while [[ $# -gt 0 ]]; do
        word=$1
        shift
        case $word in
        -n | --dry-run) dry_run=1 ;;
        --again) again=1 ;;
        -h | --help)
            usage
            exit 0
            ;;
        --)
            options=("$@")
            for word in ${options[@]+"${options[@]}"}; do
                refuse_option "$word"
            done
            return
            ;;
        --*=*) set -- "${word%%=*}" "${word#*=}" "$@" ;;
        --runs | --runs-from | --array-size | --wait | --settle)
            [[ $# -gt 0 ]] || die 2 "option $word needs a value"
            case $word in
            --runs) select_runs "$1" ;;
            --runs-from) select_from "$1" ;;
            --array-size)
                [[ $1 =~ ^[1-9][0-9]{0,6}$ ]] || die 2 "--array-size: \"$1\" is not a number of tasks"
                array_size=$1 size_given=1
                ;;
            --wait)
                read_seconds "$word" "$1"
                patience=$1
                ;;
            --settle)
                read_seconds "$word" "$1"
                settle=$1
                ;;
            esac
            shift
            ;;
        -*) die 2 "unknown option $word; options of sbatch go after -- (see --help)" ;;
        *) die 2 "unexpected argument $word (see --help)" ;;
        esac
    done
}

# --- asking Slurm ---

# Variables of sbatch win over the script's directives, those of squeue change what it prints, and
# those of a job that this runs in would be taken for the new job's.
clean_environment() {
    local variable
    for variable in "${!SBATCH_@}" "${!SLURM_@}" "${!SQUEUE_@}" "${!SCANCEL_@}" "${!SCONTROL_@}"; do
        [[ $variable == SLURM_CONF ]] || unset "$variable"
    done
}

# A client waits for ever for a munged that is stopped. Without the lock, which is descriptor 9: a
# client that outlives this script must not keep it.
ask() { timeout -k 5 30 "$@" 9>&-; }

# What an error message means: limit, full, silent (ask again), or refused.
judge() { # STATUS TEXT
    case $1:$2 in
    *MaxSubmitJob*) verdict=limit ;;
    *'temporarily unable to accept job'* | *'Resource temporarily unavailable'*) verdict=full ;;
    124:* | 137:* | *'Unable to contact'* | *'timed out'* | *'Munge '* | *'authentication error'* | \
        *'Connection refused'* | *'Zero Bytes'* | *'in standby mode'* | \
        *'Unexpected message'* | *'establish controller'* | *'communication'*) verdict=silent ;;
    *) verdict=refused ;;
    esac
}

# The part of an error message that says why.
reason_of() { # TEXT
    local line
    line=$(grep -m 1 -i 'error\|fail' <<<"$1")
    line=${line:-${1%%$'\n'*}}
    line=${line#sbatch: }
    line=${line#error: }
    printf '%s' "${line:-no answer}"
}

# True if a submission is of what is done after runs, not of runs.
is_then() { # N
    [[ ${script[$1]} == then.sbatch ]]
}

# Our jobs, by token: `found` has their ids, and `held` those ids that wait for their release. Fails
# without an answer.
look() {
    local rows job condition reason comment id
    rows=$(ask squeue -h ${clusters:+"--clusters=$clusters"} --user="$UID" --name="$name" --states=all \
        -o $'%F\037%T\037%r\037%k' 2>"$scratch") || {
        silence=$(reason_of "$(<"$scratch")")
        return 1
    }
    found=() held=()
    while IFS=$'\037' read -r job condition reason comment; do
        id=${comment%% *}
        [[ $id =~ ^[A-Za-z0-9._/-]+$ && $job =~ ^[0-9]+$ ]] || continue
        [[ " ${found[$id]-} " == *" $job "* ]] || found[$id]+=" $job"
        [[ $condition != PENDING || $reason != JobHeldUser ]] || held[$job]=1
    done <<<"$rows"
    cancel_strays
}

# Prints the runs that are done.
list_done() {
    grep -rsl -e ' end class=done ' -- "$sweep/status" 9>&- | sed 's/.*\///; s/\.[0-9]*$//'
}

# Prints the runs of a submission as their files in status/ are called.
list_attempts() { # N
    if is_then "$1"; then
        sed 's/$/.then/' "$dir/$1.runs"
    else
        cat "$dir/$1.runs"
    fi
}

# True if all runs of a submission are done.
is_done() { # N
    [[ -z $(list_done | sort -u | comm -13 - <(list_attempts "$1" | sort)) ]]
}

# Held jobs with a token of ours whose ids are not on disk.
cancel_strays() {
    local n job id
    for n in ${all[@]+"${all[@]}"}; do
        job=${jobs[$n]}
        # A controller that was killed may remember a job as it was before its release, even when its
        # runs are done.
        if [[ ${state[$n]} == confirmed && -n ${held[$job]-} ]] && is_done "$n"; then
            cancel "$job"
        fi
        [[ ${state[$n]} != intent ]] || continue
        for job in ${found[${token[$n]}]-}; do
            [[ $job == "${jobs[$n]}" || -z ${held[$job]-} ]] || cancel "$job"
        done
    done
    for id in ${discarded[@]+"${discarded[@]}"}; do
        for job in ${found[$id]-}; do
            [[ -z ${held[$job]-} ]] || cancel "$job"
        done
    done
}

cancel() { # JOB
    [[ -z $dry_run ]] || return 0
    ask scancel ${clusters:+"--clusters=$clusters"} "$1" >/dev/null 2>&1
}

# --- submissions on disk ---

put() { # FILE TEXT    durable before it returns
    local temporary=$dir/.new
    if ! printf '%s' "$2" >"$temporary" || ! flush "$temporary" || ! mv -f "$temporary" "$1" ||
        ! flush "$dir"; then
        die 1 "cannot write $1"
    fi
}

# Before coreutils 8.24, sync takes no arguments, and says so, but syncs everything.
flush() { sync "$1" 2>/dev/null; }

save() { # N
    local n=$1 text option
    printf -v text 'token=%s\nscript=%s\nruns=%s.runs\njob=%s\nstate=%s\nat=%s\narray=%s\nafter=%s\ndirectory=%s\n' \
        "${token[$n]}" "${script[$n]}" "$n" "${jobs[$n]}" "${state[$n]}" "${at[$n]}" "${array[$n]}" \
        "${after[$n]}" "${directory[$n]}"
    while IFS= read -r option; do
        [[ -z $option ]] || text+="option=$option"$'\n'
    done <<<"${extra[$n]}"
    put "$dir/$n" "$text"
}

become() { # N STATE
    state[$1]=$2
    printf -v "at[$1]" '%(%s)T' -1
    save "$1"
    progress=1
}

load() { # N
    local n=$1 key value
    token[$n]='' script[$n]='' jobs[$n]='' state[$n]='' at[$n]=0 array[$n]='' after[$n]='' directory[$n]='' extra[$n]=''
    while IFS='=' read -r key value; do
        case $key in
        token) token[$n]=$value ;;
        script) script[$n]=$value ;;
        job) jobs[$n]=$value ;;
        state) state[$n]=$value ;;
        at) at[$n]=$value ;;
        array) array[$n]=$value ;;
        after) after[$n]=$value ;;
        directory) directory[$n]=$value ;;
        option) extra[$n]+=$value$'\n' ;;
        esac
    done <"$dir/$n"
    [[ ${state[$n]} =~ ^(intent|known|released|confirmed)$ && -n ${token[$n]} && -r $dir/$n.runs ]] ||
        die 1 "cannot understand $dir/$n; if nothing of it is in the queue, remove it"
}

load_all() {
    local file
    all=() last=0
    for file in "$dir"/*; do
        file=${file##*/}
        [[ $file =~ ^[0-9]+$ ]] || continue
        load "$file"
        all+=("$file")
        [[ $((10#$file)) -le $last ]] || last=$((10#$file))
        [[ ! -d ${directory[$file]} ]] || start=${directory[$file]}
    done
    discarded=()
    [[ ! -e $dir/.discarded ]] || mapfile -t discarded <"$dir/.discarded"
}

# Makes a submission, with its list of runs; sets `made` to its number.
make() { # SCRIPT ARRAY AFTER OPTIONS RUN...
    local random text
    printf -v made '%03d' $((last += 1))
    random=$(od -An -N8 -tx8 /dev/urandom)
    printf -v text '%s\n' "${@:5}"
    put "$dir/$made.runs" "$text"
    script[$made]=$1 array[$made]=$2 after[$made]=$3 extra[$made]=$4 jobs[$made]=''
    token[$made]=${sweep##*/}/$made/${random// /} directory[$made]=$start
    token[$made]=${token[$made]//[^A-Za-z0-9._\/-]/_}
    become "$made" intent
    all+=("$made") work+=("$made")
}

# Gives a submission up. A job with its token that appears later is cancelled.
discard() { # N
    local n=$1
    discarded+=("${token[$n]}")
    printf '%s\n' "${token[$n]}" >>"$dir/.discarded" && flush "$dir/.discarded"
    rm -f "$dir/$n"
    flush "$dir"
    rm -f "$dir/$n.runs"
    remove_from_lists "$n"
}

remove_from_lists() { # N
    local n kept=()
    for n in "${all[@]}"; do
        [[ $n == "$1" ]] || kept+=("$n")
    done
    all=(${kept[@]+"${kept[@]}"})
    state[$1]=discarded
}

# True if a run of the submission has started as a task of its job.
has_started() { # N
    local n=$1 other file run
    local -A listed=()
    while read -r run; do
        listed[$run]=1
    done < <(list_attempts "$n")
    while IFS= read -r file; do
        file=${file##*/}
        [[ -z ${listed[${file%.*}]-} ]] || return 0
    done < <(grep -rsl -e " start ${jobs[$n]}[. ]" -- "$sweep/status" 9>&-)
    # A task that had nothing to do has only an output file. Ids may be used again.
    for other in "${all[@]}"; do
        [[ $other == "$n" || ${jobs[$other]} != "${jobs[$n]}" ]] || return 1
    done
    [[ -n $(find "$sweep/logs" -maxdepth 1 -name "$name-${jobs[$n]}_*.out" -print 2>/dev/null 9>&-) ]]
}

# A controller that was killed may come back with a state from before the release, if its disk was slow
# to take a newer one. So what was confirmed within the last hour is looked at again if the controller
# has been started since: sets the state back to released, in memory.
# Not with --again, which submits the runs of these arrays anyway unless they are done.
doubt_recent() {
    local n now config boot recent=()
    printf -v now '%(%s)T' -1
    for n in ${all[@]+"${all[@]}"}; do
        [[ ${state[$n]} != confirmed ]] || ((now - at[$n] > 3600)) || recent+=("$n")
    done
    [[ ${#recent[@]} -gt 0 ]] || return 0
    config=$(ask scontrol ${clusters:+"--clusters=$clusters"} show config 2>/dev/null) || return 0
    [[ $config =~ BOOT_TIME[\ ]*=[\ ]*([0-9T:-]+) ]] || return 0
    boot=$(date -d "${BASH_REMATCH[1]}" +%s 2>/dev/null) || return 0
    for n in "${recent[@]}"; do
        if ((boot >= at[$n] - 60)) && ! is_done "$n"; then
            state[$n]=released
            doubted[$n]=${jobs[$n]}
        fi
    done
}

# --- which runs, in which arrays ---

# Sets `group`, the runs of a script.
read_group() { # SCRIPT
    local list=$sweep/${1%.sbatch}.runs
    if [[ -e $list ]]; then
        mapfile -t group <"$list"
    else
        mapfile -t group < <(seq -f "run_%0$digits.0f" "$first_run" $((first_run + runs - 1)))
    fi
}

# Sets `covered` to the runs that have been submitted; with --again, to those that are done, or that
# this call finishes submitting.
find_covered() {
    local n run
    if [[ -n $again ]]; then
        while IFS= read -r run; do
            covered[$run]=1
        done < <(list_done)
    fi
    for n in ${all[@]+"${all[@]}"}; do
        [[ -z $again || ${state[$n]} != confirmed ]] || continue
        while read -r run; do
            covered[$run]=1
        done < <(list_attempts "$n")
    done
}

# Sets `new`, and for each script the part of it that it runs: scripts, starts, counts. Sets `late` to
# runs that were submitted before, without what is done after them.
find_new() {
    local file run wanted_runs
    local -A wanted=()
    for run in ${selected[@]+"${selected[@]}"}; do
        [[ $run =~ ^[A-Za-z0-9_]*$ ]] || die 2 "--runs: \"$run\" is not the name of a run"
        [[ -z $run ]] || wanted[$run]=1
    done
    wanted_runs=${#wanted[@]}
    find_covered
    new=() late=() scripts=() starts=() counts=() total=0
    for file in "$sweep"/sweep*.sbatch; do
        read_group "${file##*/}"
        scripts+=("${file##*/}") starts+=(${#new[@]})
        for run in ${group[@]+"${group[@]}"}; do
            if [[ -n $selecting ]]; then
                [[ -n ${wanted[$run]-} ]] || continue
                unset "wanted[$run]"
            fi
            total=$((total + 1))
            if [[ -z ${covered[$run]-} ]]; then
                new+=("$run")
            elif [[ -e $sweep/then.sbatch && -z ${covered[$run.then]-} ]]; then
                late+=("$run")
            fi
        done
        counts+=($((${#new[@]} - starts[${#starts[@]} - 1])))
    done
    for run in ${wanted[@]+"${!wanted[@]}"}; do
        die 2 "--runs: no run \"$run\" in this sweep"
    done
    [[ -z $selecting || $wanted_runs -gt 0 ]] || die 2 '--runs: no run given'
}

# The largest array that the cluster takes.
find_array_size() {
    local config max=1001
    if config=$(ask scontrol show config 2>/dev/null) && [[ $config =~ MaxArraySize[\ ]*=[\ ]*([0-9]+) ]]; then
        max=${BASH_REMATCH[1]}
        [[ $max -gt 0 ]] || die 1 'this cluster allows no job arrays (MaxArraySize is 0)'
    elif [[ -n $size_given ]]; then
        return
    fi
    [[ $array_size -gt 0 && $array_size -le $max ]] || array_size=$max
}

# Plans an array.
chunk() { # SCRIPT FIRST COUNT LIMIT AFTER
    chunk_script+=("$1") chunk_first+=("$2") chunk_count+=("$3") chunk_limit+=("$4") chunk_after+=("$5")
}

# Cuts the runs of a script into arrays that are not chained: with a limit of tasks at a time, each
# has its share of it, and is as long as its share, so that all end at about the same time.
cut() { # SCRIPT FIRST COUNT LIMIT
    local from=$2 to parts=$((($3 + array_size - 1) / array_size)) part share given=0
    if [[ $4 == 0 ]]; then
        for ((; from < $2 + $3; from += array_size)); do
            to=$((from + array_size < $2 + $3 ? from + array_size : $2 + $3))
            chunk "$1" "$from" $((to - from)) 0 ''
        done
        return
    fi
    # Shares differ by one, which may make the larger parts too long.
    while (($3 * (($4 + parts - 1) / parts) > array_size * $4 && parts < $4)); do
        parts=$((parts + 1))
    done
    for ((part = 0; part < parts; part++)); do
        share=$(($4 / parts + (part < $4 % parts ? 1 : 0)))
        given=$((given + share))
        to=$(($2 + $3 * given / $4))
        [[ $to == "$from" ]] || chunk "$1" "$from" $((to - from)) "$share" ''
        from=$to
    done
}

# Cuts them into arrays of one task at a time, each after the one that is `parallelism` before it.
cut_chained() { # SCRIPT FIRST COUNT
    local parts=$((($3 + array_size - 1) / array_size)) part from=$2 to before
    for ((part = 0; part < parts; part++)); do
        to=$(($2 + $3 * (part + 1) / parts))
        before=$((${#chunk_script[@]} - parallelism))
        [[ $before -ge 0 ]] || before=''
        chunk "$1" "$from" $((to - from)) 1 "$before"
        from=$to
    done
}

plan() {
    local i n=0 arrays=0 share left=$parallelism runs_left=${#new[@]}
    chunk_script=() chunk_first=() chunk_count=() chunk_limit=() chunk_after=()
    for i in "${!scripts[@]}"; do
        [[ ${counts[i]} == 0 ]] || n=$((n + 1))
        arrays=$((arrays + (counts[i] + array_size - 1) / array_size))
    done
    for i in "${!scripts[@]}"; do
        [[ ${counts[i]} != 0 ]] || continue
        if [[ $parallelism == 0 ]]; then
            cut "${scripts[i]}" "${starts[i]}" "${counts[i]}" 0
        elif [[ $parallelism -lt $arrays ]]; then
            cut_chained "${scripts[i]}" "${starts[i]}" "${counts[i]}"
        else
            # Its share of the limit, but enough for its arrays, and for those of the scripts after it.
            share=$((left * counts[i] / runs_left))
            least=$(((counts[i] + array_size - 1) / array_size))
            arrays=$((arrays - least))
            [[ $share -ge $least ]] || share=$least
            [[ $share -le $((left - arrays)) ]] || share=$((left - arrays))
            [[ $n != 1 ]] || share=$left
            cut "${scripts[i]}" "${starts[i]}" "${counts[i]}" "$share"
            left=$((left - share)) runs_left=$((runs_left - counts[i])) n=$((n - 1))
        fi
    done
}

# Plans what is done after the runs of a submission: task k after its task k.
make_then() { # N
    local list
    [[ -e $sweep/then.sbatch ]] || return 0
    mapfile -t list <"$dir/$1.runs"
    make then.sbatch "${array[$1]}" "$1" "${extra[$1]}" "${list[@]}"
}

array_of() { # COUNT LIMIT
    printf '0-%s' $(($1 - 1))
    [[ $2 == 0 ]] || printf '%%%s' "$2"
}

# Plans what is done after runs that were submitted before: their jobs may be running.
make_late() {
    local n ids='' from text
    for n in "${all[@]}"; do
        is_then "$n" || [[ -z ${jobs[$n]} ]] || ids+=:${jobs[$n]}
    done
    text=$(printf '%s\n' ${options[@]+"${options[@]}"} ${ids:+"--dependency=afterany$ids"})
    for ((from = 0; from < ${#late[@]}; from += array_size)); do
        local part=("${late[@]:from:array_size}")
        make then.sbatch "$(array_of ${#part[@]} "$parallelism")" '' "$text" "${part[@]}"
    done
}

make_planned() {
    local i before names=() text
    [[ ${#late[@]} == 0 ]] || make_late
    text=$(printf '%s\n' ${options[@]+"${options[@]}"})
    for i in "${!chunk_script[@]}"; do
        before=${chunk_after[i]}
        [[ -z $before ]] || before=${names[before]}
        make "${chunk_script[i]}" "$(array_of "${chunk_count[i]}" "${chunk_limit[i]}")" "$before" "$text" \
            "${new[@]:chunk_first[i]:chunk_count[i]}"
        names+=("$made")
        make_then "$made"
    done
}

# --- submitting ---

# The value of an option in the directives of a script; the spec's values need no quotes.
directive() { # SCRIPT OPTION
    sed -n "s/^#SBATCH --$2=//p" "$sweep/$1" | tail -n 1
}

# Sets `call`: all that must hold is here, because the environment wins over directives.
set_call() { # N ARRAY
    local n=$1 comment option before
    call=()
    while IFS= read -r option; do
        [[ -z $option ]] || call+=("$option")
    done <<<"${extra[$n]}"
    comment=$(directive "${script[$n]}" comment)
    call+=(--parsable --job-name="$name" --comment="${token[$n]}${comment:+ $comment}" --open-mode=append
        --output="${sweep//%/%%}/logs/%x-%A_%a.out" --array="$2")
    before=${after[$n]:+${jobs[${after[$n]}]-}}
    if [[ $before ]] && is_then "$n"; then
        # A task that was requeued is no success to aftercorr: then when the array has ended. The task
        # itself looks whether its run has succeeded.
        call+=(--dependency="aftercorr:$before?afterany:$before")
    elif [[ $before ]]; then
        call+=(--dependency="afterany:$before")
    fi
    call+=("$sweep/${script[$n]}" "$sweep" "submissions/$n.runs")
}

# Sets `verdict` to accepted, or as judge() does, and `answer` to what sbatch said.
run_sbatch() { # N OPTION...
    local n=$1 rc
    shift
    # Descriptor 9 stays open here: if this script is killed, the next one waits until sbatch ends,
    # and then sees its job.
    answer=$(cd -- "${directory[$n]}" && timeout -k 5 60 sbatch "$@" "${call[@]}" 2>"$scratch" </dev/null)
    rc=$?
    if [[ $rc == 0 ]]; then
        verdict=accepted
    else
        answer=$(<"$scratch")
        judge $rc "$answer"
    fi
}

# With --hold, sbatch does not check whether any node can ever run the job; so ask before.
try() { # N TASKS
    local limit=${array[$1]#*%}
    [[ $limit != "${array[$1]}" ]] || limit=0
    set_call "$1" "$(array_of "$2" "$limit")"
    run_sbatch "$1" --test-only
}

# How many records the controller has room for.
find_room() {
    local config records
    room=0
    config=$(ask scontrol show config 2>/dev/null) && [[ $config =~ MaxJobCount[\ ]*=[\ ]*([0-9]+) ]] || return
    records=$(ask squeue -h -r --states=all -o x 2>/dev/null | wc -l)
    room=$((BASH_REMATCH[1] - records - 1))
}

# Only a part of an array is allowed: submits as much as is, and leaves the rest.
shrink() { # N
    local n=$1 low=0 high count middle list
    mapfile -t list <"$dir/$n.runs"
    high=${#list[@]}
    if [[ $verdict == full ]]; then
        find_room
        if [[ $room -ge $high ]]; then
            silence=$(reason_of "$answer") # it is only busy
            return
        fi
        limited='MaxJobCount of the controller'
        [[ $room -lt 0 ]] || low=$room
    else
        limited=$(reason_of "$answer")
        while ((high - low > 1)); do
            middle=$(((low + high) / 2))
            try "$n" $middle
            case $verdict in
            accepted) low=$middle ;;
            limit) high=$middle ;;
            *) return ;;
            esac
        done
    fi
    discard "$n"
    if ((low > 0)); then
        count=${array[$n]#*%}
        [[ $count != "${array[$n]}" ]] || count=0
        make "${script[$n]}" "$(array_of $low "$count")" "${after[$n]}" "${extra[$n]}" "${list[@]:0:low}"
        n=$made
        submit "$n"
        is_then "$n" || [[ ${state[$n]} == discarded ]] || make_then "$n"
    fi
}

# Tries to make a job for an intent of which none has been found.
submit() { # N
    local n=$1 list
    # The array before it first, for its id.
    [[ -z ${after[$n]} || -n ${jobs[${after[$n]}]-} || ${state[${after[$n]}]-} != intent ]] || return
    mapfile -t list <"$dir/$n.runs"
    try "$n" ${#list[@]}
    if [[ $verdict == accepted ]]; then
        set_call "$n" "${array[$n]}"
        run_sbatch "$n" --hold
        if [[ $verdict == accepted ]]; then
            jobs[$n]=${answer%%;*}
            if [[ ${jobs[$n]} =~ ^[0-9]+$ ]]; then
                become "$n" known
                return
            fi
            jobs[$n]='' verdict=refused answer="sbatch printed \"$answer\" instead of a job id"
        fi
        # It may exist in spite of an error: look, and if there is none, try again.
        if [[ $verdict == refused && $((refusals += 1)) -le 3 ]]; then
            verdict=silent
        fi
    fi
    case $verdict in
    silent) silence=$(reason_of "$answer") ;;
    limit | full) shrink "$n" ;;
    refused)
        refused=$(reason_of "$answer")
        say "sbatch refuses $(plural ${#list[@]} run) of ${script[$n]}:"
        printf '%s\n' "$answer" >&2
        discard "$n"
        ;;
    esac
}

# One step of a submission, after a look at the queue.
step() { # N
    local n=$1 job now
    local ours=${found[${token[$n]}]-}
    case ${state[$n]} in
    intent)
        if [[ -n $ours ]]; then
            for job in $ours; do
                [[ -n ${jobs[$n]} && ${jobs[$n]} -le $job ]] || jobs[$n]=$job
            done
            become "$n" known
        elif [[ -n $limited || -n $refused ]]; then
            discard "$n"
        elif is_then "$n" && [[ -n ${after[$n]} && ${state[${after[$n]}]-} == discarded ]]; then
            discard "$n"
        else
            submit "$n"
        fi
        ;;
    known)
        job=${jobs[$n]}
        if [[ " $ours " != *" $job "* ]]; then
            lost "$n"
        elif [[ -n ${held[$job]-} ]]; then
            ask scontrol ${clusters:+"--clusters=$clusters"} release "$job" >/dev/null 2>"$scratch" ||
                silence=$(reason_of "$(<"$scratch")")
        else
            become "$n" released
        fi
        ;;
    released)
        job=${jobs[$n]}
        printf -v now '%(%s)T' -1
        if [[ " $ours " != *" $job "* ]]; then
            lost "$n"
        elif [[ -n ${held[$job]-} ]]; then
            # The controller came back with an older state.
            become "$n" known
        elif ((now - at[$n] >= settle || now < at[$n])); then
            become "$n" confirmed
        fi
        ;;
    esac
}

# The controller does not know a job whose id is on disk.
lost() { # N
    if has_started "$1"; then
        become "$1" confirmed
    else
        jobs[$1]=''
        become "$1" intent
        unset "doubted[$1]"
    fi
}

# Sets `waiting`: how long nothing can be done but to wait for the confirmation.
find_pause() {
    local n now left
    printf -v now '%(%s)T' -1
    pause=$settle
    for n in ${work[@]+"${work[@]}"}; do
        case ${state[$n]} in
        confirmed | discarded) ;;
        released)
            left=$((at[$n] + settle - now))
            [[ $left -ge $pause ]] || pause=$left
            ;;
        *) pause=0 ;;
        esac
    done
}

is_finished() {
    local n
    for n in ${work[@]+"${work[@]}"}; do
        [[ ${state[$n]} == confirmed || ${state[$n]} == discarded ]] || return 1
    done
}

work_through() {
    local n now since
    printf -v since '%(%s)T' -1
    while ! is_finished; do
        progress=''
        if look; then
            for n in "${work[@]}"; do
                [[ ${state[$n]} == discarded ]] || step "$n"
            done
        fi
        printf -v now '%(%s)T' -1
        find_pause
        if [[ -n $progress || $pause -gt 0 ]]; then
            since=$now
        elif ((now - since > patience)); then
            report
            die 6 "Slurm does not answer: ${silence:-no change within $patience s}. Run submit.sh again to finish"
        fi
        [[ $pause -gt 0 ]] || pause=0.2
        [[ -n $progress ]] || sleep "$pause" 9>&-
    done
}

# Prints the ids of the arrays that may run, each once.
report() {
    local n
    for n in ${work[@]+"${work[@]}"}; do
        # An earlier call has submitted it, and it is still there.
        [[ ${jobs[$n]-} != "${doubted[$n]-none}" ]] || continue
        case ${state[$n]} in
        released | confirmed) printf '%s\n' "${jobs[$n]}" ;;
        esac
    done
}

# --- main ---

find_sweep() {
    local file=${BASH_SOURCE[0]}
    [[ ! -L $file ]] || file=$(readlink -f -- "$file")
    sweep=$(CDPATH='' cd -- "$(dirname -- "$file")" && pwd) || exit 1
    start=$PWD
    # Slurm takes a backslash in the path of the output for an escape: no task would start.
    case $sweep$start in
    *\\* | *$'\n'*) die 1 "the path of the sweep, or of this directory, has a backslash or a line break" ;;
    esac
    dir=$sweep/submissions
    clusters=$(directive "$(cd "$sweep" && printf '%s\n' sweep*.sbatch | head -n 1)" clusters)
}

require() {
    local tool
    for tool in sbatch squeue scontrol scancel timeout; do
        type -P "$tool" >/dev/null || die 1 "no program $tool on PATH: run it on a machine with Slurm"
    done
}

# A lock that the kernel drops when its holder dies.
take_lock() {
    mkdir -p -- "$sweep/logs" "$sweep/status" "$dir" || exit 1
    exec 9>"$dir/.lock" || exit 1
    flock -n 9 2>/dev/null
    case $? in
    0) return ;;
    1) say 'waiting for another submit.sh' ;;
    *)
        say "cannot lock $dir/.lock: do not run submit.sh twice at the same time"
        return
        ;;
    esac
    flock 9 || exit 1
}

# Shows one array that would be made; sets `rc` if sbatch would refuse it.
show_array() { # SCRIPT COUNT LIMIT
    local i=planned word
    script[$i]=$1 extra[$i]=$(printf '%s\n' ${options[@]+"${options[@]}"}) after[$i]=''
    token[$i]=token directory[$i]=$start
    array[$i]=$(array_of "$2" "$3")
    try "$i" "$2"
    if [[ $verdict != accepted ]]; then
        say "sbatch would refuse $(plural "$2" run) of $1: $(reason_of "$answer")"
        rc=1
        [[ $verdict == refused ]] || rc=6
        [[ $verdict != limit ]] || rc=4
    fi
    printf 'sbatch --hold'
    for word in "${call[@]}"; do
        printf ' %q' "$word"
    done
    printf '\n'
}

show_plan() {
    local i rc=0
    [[ ${#late[@]} == 0 ]] || show_array then.sbatch ${#late[@]} "$parallelism"
    for i in "${!chunk_script[@]}"; do
        show_array "${chunk_script[i]}" "${chunk_count[i]}" "${chunk_limit[i]}"
        [[ ! -e $sweep/then.sbatch ]] || show_array then.sbatch "${chunk_count[i]}" "${chunk_limit[i]}"
    done
    exit $rc
}

# By number of the submission; by token; by job id; by run.
declare -A token=() script=() jobs=() state=() at=() array=() after=() directory=() extra=()
declare -A found=() held=() covered=() doubted=()

main() {
    local n
    all=() work=() selected=() options=()
    selecting='' again='' dry_run='' size_given='' patience=120 settle=9
    limited='' refused='' silence='' refusals=0
    parse "$@"
    clean_environment
    require
    find_sweep
    [[ -n $dry_run ]] || take_lock
    scratch=$(mktemp "${TMPDIR:-/tmp}/submit.XXXXXX") || exit 1
    trap 'rm -f "$scratch"' EXIT
    load_all
    [[ -n $dry_run || -n $again ]] || doubt_recent
    find_new
    for n in ${all[@]+"${all[@]}"}; do
        [[ ${state[$n]} == confirmed ]] || work+=("$n")
    done
    if [[ $((${#new[@]} + ${#late[@]})) -gt 0 ]]; then
        find_array_size
        plan
        [[ -z $dry_run ]] || show_plan
        [[ $start == "$PWD" ]] || say "the jobs start in $start, as those before"
        make_planned
    elif [[ ${#work[@]} == 0 || -n $dry_run ]]; then
        [[ -n $dry_run ]] || look
        say "nothing to submit: $(plural "$total" run) done or submitted before; --again submits them again"
        exit 0
    fi
    work_through
    report
    [[ -z $refused ]] || exit 1
    [[ -z $limited ]] || die 4 "not all runs are submitted ($limited): run submit.sh again when jobs have ended"
}

main "$@"
