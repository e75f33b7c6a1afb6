# bash completion of sweepctl and sweepd; printed by `sweepctl completion bash`

_sweepctl() {
    # "--set lr=1" is four words here, and one argument.
    local words=() n=0 i word last=
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((n > 1)) && { [[ $word == '=' ]] || [[ $last == '=' && $word != '' ]]; }; then
            words[n - 1]+=$word
        elif ((n > 1)) && [[ $last == '=' ]]; then
            :
        else
            words[n]=$word
            n=$((n + 1))
        fi
        last=$word
    done
    local current=${words[n - 1]} program=sweepctl line candidate ending
    # bash replaces only what follows the last "=".
    local kept=${current%"${current##*=}"}
    case ${words[0]##*/} in
    sweepctl) program=${words[0]/#\~/$HOME} ;;
    esac
    COMPREPLY=()
    compopt +o default 2>/dev/null
    while IFS= read -r line; do
        case $line in
        :dirs)
            compopt -o filenames 2>/dev/null
            while IFS= read -r candidate; do
                COMPREPLY+=("$candidate")
            done < <(compgen -d -- "${current##*=}")
            ;;
        :files*)
            compopt -o filenames 2>/dev/null
            while IFS= read -r candidate; do
                if [[ $line == :files || -d $candidate ]]; then
                    COMPREPLY+=("$candidate")
                    continue
                fi
                for ending in ${line#:files }; do
                    [[ $candidate != *."$ending" ]] || COMPREPLY+=("$candidate")
                done
            done < <(compgen -f -- "${current##*=}")
            ;;
        *)
            candidate=${line%%$'\t'*}
            candidate=${candidate#"$kept"}
            [[ $candidate != *= ]] || compopt -o nospace 2>/dev/null
            [[ ! -d $candidate ]] || compopt -o filenames 2>/dev/null
            COMPREPLY+=("$candidate")
            ;;
        esac
    done < <("$program" completion --complete -- "${words[@]}" 2>/dev/null)
}

complete -F _sweepctl sweepctl sweepd
