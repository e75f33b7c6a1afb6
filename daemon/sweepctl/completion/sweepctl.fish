# fish completion of sweepctl and sweepd; printed by `sweepctl completion fish`

function __sweepctl_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program sweepctl
    if string match -qr '(^|/)sweepctl$' -- $words[1]
        set program (string replace -r '^~' $HOME -- $words[1])
    end
    for line in (command $program completion --complete -- $words "$current" 2>/dev/null)
        switch $line
            case ':dirs'
                __fish_complete_directories $current
            case ':files'
                __fish_complete_path $current
            case ':files *'
                for ending in (string split ' ' -- (string replace ':files ' '' -- $line))
                    __fish_complete_suffix $current .$ending
                end
            case '*'
                echo $line
        end
    end
end

complete -c sweepctl -f -a '(__sweepctl_complete)'
complete -c sweepd -f -a '(__sweepctl_complete)'
