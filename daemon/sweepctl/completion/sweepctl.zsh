#compdef sweepctl sweepd
# zsh completion of sweepctl and sweepd; printed by `sweepctl completion zsh`

_sweepctl() {
    local program=sweepctl line candidate description
    local -a plain open files
    [[ ${words[1]:t} != sweepctl ]] || program=${(Q)words[1]/#\~/$HOME}
    for line in "${(@f)$("$program" completion --complete -- "${(@Q)words[1,CURRENT]}" 2>/dev/null)}"; do
        case $line in
        '') ;;
        :dirs) _files -/ ;;
        :files) _files ;;
        :files*)
            files=(${=line#:files })
            _files -g "*.(${(j:|:)files})"
            ;;
        *)
            candidate=${line%%$'\t'*}
            description=${line#*$'\t'}
            candidate=${candidate//:/\\:}
            [[ -z $description ]] || candidate+=:$description
            if [[ ${line%%$'\t'*} == *= ]]; then
                open+=("$candidate")
            else
                plain+=("$candidate")
            fi
            ;;
        esac
    done
    (( ! $#plain )) || _describe word plain
    (( ! $#open )) || _describe word open -S ''
    return 0
}

# Also when it is sourced instead of found in $fpath.
if [[ ${funcstack[1]} == _sweepctl ]]; then
    _sweepctl "$@"
else
    compdef _sweepctl sweepctl sweepd
fi
