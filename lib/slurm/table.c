/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>

#include "lib/slurm/table.h"

/* --- patterns ------------------------------------------------------------------------------ */

#define CLOCK "([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?([ap]m)?|midnight|noon|fika|teatime"
#define MONTH "(0?[1-9]|1[0-2])"
#define DAY "(0?[1-9]|[12][0-9]|3[01])"
#define TWO "(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
#define DATE                                                                                       \
    "[0-9]{4}-" MONTH "-" DAY "|" MONTH "/" DAY "(/[0-9]{2})?|" MONTH "[.]" DAY                    \
    "([.][0-9]{2})?|" TWO "([0-9]{2})?|today|tomorrow"
#define POINT                                                                                      \
    "(" CLOCK ")(-(" DATE "))?|(" DATE ")([T-](" CLOCK                                             \
    "))?|now([+-][0-9]{1,9}(seconds?|minutes?|hours?|days?|weeks?)?)?"

#define JOB "[1-9][0-9]*(_([0-9]+|[*]|[[][0-9,-]+[]]))?([+][1-9][0-9]*)?"
#define AFTER                                                                                      \
    "(singleton|(after|afterany|afterok|afternotok|aftercorr|afterburstbuffer)(:" JOB ")+|" JOB ")"

#define SIGNALS "hup|int|quit|abrt|kill|alrm|term|usr1|usr2|urg|cont|stop|tstp|ttin|ttou|xcpu"
/* Slurm keeps the time in 16 bits. */
#define SECONDS "(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[0-9]{1,4})"

#define IDS "[0-9a-fx*]+(,[0-9a-fx*]+)*"
#define GPU_SPEED "(low|medium|high|highm1|[0-9]+)"
#define CPU_SPEED "(low|medium|high|highm1|[0-9]+)"
#define GOVERNOR "(conservative|ondemand|performance|powersave|schedutil|userspace)"
#define NUMA                                                                                       \
    "(v|verbose|q|quiet|none|rank|local|p|prefer|sort|nosort|map_mem:[0-9a-fx]+|mask_mem:[0-9a-"   \
    "fx]+)"
#define CADENCE "([0-9]+|(task|energy|network|filesystem)=[0-9]+)"
#define NUMBERED "([*]|[1-9][0-9]*(-[1-9][0-9]*)?)"
#define VARIABLE "[A-Z_][A-Z0-9_]*(=[^,]*)?"

/* --- the options --------------------------------------------------------------------------- */

#define FLAG .form = FORM_FLAG, .flag = true
#define COUNT .form = FORM_INT, .min = 1, .max = INT_MAX
#define WORD .form = FORM_WORD
#define PATTERN(regex, words) .form = FORM_PATTERN, .values = (regex), .wanted = (words)
#define POINT_IN_TIME                                                                              \
    PATTERN("^(" POINT ")$",                                                                       \
        "a point in time such as \"now+2hours\", \"20:30\" or \"2030-01-31T20:30\"")

const struct slurm_option slurm_option_table[] = {
    {"account", WORD, .letter = 'A'},
    {"acctg-freq",
        PATTERN("^" CADENCE "(," CADENCE ")*$", "seconds, or such as \"task=30,energy=60\"")},
    {"array_parallelism", .form = FORM_ARRAY},
    {"array_size", .form = FORM_ARRAY},
    {"batch", WORD},
    {"bb", WORD},
    {"begin", POINT_IN_TIME, .letter = 'b'},
    {"cluster-constraint", WORD},
    {"clusters", WORD, .letter = 'M'},
    {"comment", WORD},
    {"constraint", WORD, .letter = 'C'},
    {"container", WORD},
    {"contiguous", FLAG},
    {"core-spec", .form = FORM_INT, .letter = 'S', .min = 0, .max = 65534},
    {"cores-per-socket", COUNT},
    {"cpu-freq", PATTERN("^(" CPU_SPEED "(-" CPU_SPEED "(:" GOVERNOR ")?)?|" GOVERNOR ")$",
                     "a speed such as \"high\", \"2400000\", \"low-high:OnDemand\" or a governor")},
    {"cpus-per-gpu", COUNT},
    {"cpus-per-task", COUNT, .letter = 'c'},
    {"deadline", POINT_IN_TIME},
    {"delay-boot", .form = FORM_TIME, .min = 0},
    {"dependency",
        PATTERN("^" AFTER "([,?]" AFTER ")*$",
            "\"singleton\" or such as \"afterok:123:456,afterany:789\""),
        .letter = 'd'},
    {"distribution",
        PATTERN("^(plane=[1-9][0-9]*|([*]|block|cyclic|arbitrary)(:([*]|block|cyclic|fcyclic)){0,2}"
                "(,(no)?pack)?|(no)?pack)$",
            "\"block\", \"cyclic\", \"arbitrary\" or \"plane=N\", as in \"block:cyclic,Pack\""),
        .letter = 'm'},
    {"exclude", WORD, .letter = 'x'},
    {"exclusive", .form = FORM_ONE_OF, .flag = true, .values = "user mcs topo exclusive",
        .newer = "topo", .since = "24.05", .wanted = "true, false, \"user\", \"mcs\" or \"topo\""},
    {"export", PATTERN("^" VARIABLE "(," VARIABLE ")*$",
                   "\"ALL\", \"NONE\" or names of variables, as in \"ALL,HF_HOME=/scratch/hf\"")},
    {"extra-node-info",
        PATTERN("^" NUMBERED "(:" NUMBERED "){0,2}$", "sockets[:cores[:threads]], as in \"2:8:1\""),
        .letter = 'B'},
    {"get-user-env", FLAG},
    {"gpu-bind",
        PATTERN("^(verbose,)?(closest|none|(single|per_task):[1-9][0-9]*|(map|mask)_gpu:" IDS ")$",
            "\"closest\", \"none\", or such as \"single:1\", \"per_task:1\", \"map_gpu:0,1\"")},
    {"gpu-freq",
        PATTERN("^((" GPU_SPEED "|memory=" GPU_SPEED ")(,memory=" GPU_SPEED ")?(,verbose)?|verbose)"
                "$",
            "\"low\", \"medium\", \"high\", \"highm1\" or MHz, as in \"medium,memory=high\"")},
    {"gpus", .form = FORM_GPUS, .letter = 'G'},
    {"gpus-per-node", .form = FORM_GPUS},
    {"gpus-per-socket", .form = FORM_GPUS},
    {"gpus-per-task", .form = FORM_GPUS},
    {"gres", .form = FORM_GRES},
    {"gres-flags", .form = FORM_ONE_OF,
        .values = "disable-binding enforce-binding allow-task-sharing multiple-tasks-per-sharing "
                  "one-task-per-sharing",
        .newer = "allow-task-sharing multiple-tasks-per-sharing one-task-per-sharing",
        .since = "23.11"},
    {"hint", .form = FORM_ONE_OF, .values = "compute_bound memory_bound multithread nomultithread"},
    {"kill-on-invalid-dep", .form = FORM_ONE_OF, .values = "yes no"},
    {"licenses", WORD, .letter = 'L'},
    {"mail-type", .form = FORM_SOME_OF,
        .values = "NONE BEGIN END FAIL REQUEUE ALL INVALID_DEPEND STAGE_OUT TIME_LIMIT "
                  "TIME_LIMIT_90 TIME_LIMIT_80 TIME_LIMIT_50 ARRAY_TASKS"},
    {"mail-user", WORD},
    {"mcs-label", WORD},
    {"mem", .form = FORM_SIZE},
    {"mem-bind", PATTERN("^" NUMA "(," NUMA ")*$",
                     "such as \"local\", \"rank\", \"none\" or \"verbose,map_mem:0,1\"")},
    {"mem-per-cpu", .form = FORM_SIZE},
    {"mem-per-gpu", .form = FORM_SIZE},
    {"mincpus", COUNT},
    {"network", WORD},
    {"nice", .form = FORM_INT, .flag = true, .min = -2147483645, .max = 2147483645},
    {"no-kill", .form = FORM_ONE_OF, .letter = 'k', .flag = true, .values = "off"},
    {"no-requeue", FLAG},
    {"nodelist", WORD, .letter = 'w'},
    {"nodes", .form = FORM_NODES, .letter = 'N'},
    {"ntasks", COUNT, .letter = 'n'},
    {"ntasks-per-core", COUNT},
    {"ntasks-per-gpu", COUNT},
    {"ntasks-per-node", COUNT},
    {"ntasks-per-socket", COUNT},
    {"oom-kill-step", .form = FORM_INT, .flag = true, .min = 0, .max = 1, .since = "24.05"},
    {"open-mode", .form = FORM_ONE_OF, .values = "append truncate a t",
        .wanted = "\"append\" or \"truncate\""},
    {"overcommit", FLAG, .letter = 'O'},
    {"oversubscribe", FLAG, .letter = 's'},
    {"partition", WORD, .letter = 'p'},
    {"power", .form = FORM_ONE_OF, .values = "level"},
    {"prefer", WORD},
    {"priority", PATTERN("^(top|[1-9][0-9]{0,8})$", "\"TOP\" or an int above 0")},
    {"profile", .form = FORM_SOME_OF, .values = "all none energy task lustre network"},
    {"propagate", .form = FORM_SOME_OF, .flag = true,
        .values = "ALL NONE AS CORE CPU DATA FSIZE MEMLOCK NOFILE NPROC RSS STACK"},
    {"qos", WORD, .letter = 'q'},
    {"reboot", FLAG},
    {"requeue", FLAG},
    {"reservation", WORD},
    {"segment", COUNT, .since = "24.05"},
    {"signal",
        PATTERN("^((r|b|rb|br):)?((sig)?(" SIGNALS ")|[1-9]|[1-5][0-9]|6[0-4])(@" SECONDS ")?$",
            "[B:]signal[@seconds], as in \"USR1\" or \"B:TERM@300\", with at most 65535 seconds")},
    {"sockets-per-node", COUNT},
    {"spread-job", FLAG},
    {"stepmgr", FLAG, .since = "24.05"},
    {"switches", PATTERN("^[1-9][0-9]*(@[0-9]+(-[0-9]+)?(:[0-9]+){0,2})?$",
                     "a count of switches, or such as \"1@60\" with max minutes to wait")},
    {"thread-spec", .form = FORM_INT, .min = 1, .max = 32766},
    {"threads-per-core", COUNT},
    {"time", .form = FORM_TIME, .letter = 't', .min = 1},
    {"time-min", .form = FORM_TIME, .min = 1},
    {"tmp", .form = FORM_SIZE},
    {"tres-bind", WORD, .since = "23.02"},
    {"tres-per-task", WORD, .since = "23.02"},
    {"use-min-nodes", FLAG},
    {"wait-all-nodes", .form = FORM_INT, .min = 0, .max = 1},
    {"wckey", WORD},
};

enum { N_OPTIONS = sizeof slurm_option_table / sizeof *slurm_option_table };
_Static_assert((int)N_OPTIONS <= (int)SLURM_MAX_OPTIONS, "SLURM_MAX_OPTIONS is too small");
const size_t slurm_option_count = N_OPTIONS;

/* --- other names --------------------------------------------------------------------------- */

/* What the scripts set themselves, what would run something, and what would change what submit.sh
 * reads from sbatch. */
static const struct {
    const char *name, *reason;
} table_reserved[] = {
    {"array", "each run is a task of the generated array; see array_parallelism and array_size"},
    {"bbf", "it names a file for the time of submission; use bb"},
    {"chdir", "jobs start in the directory that submit.sh is called from"},
    {"error", "the output of every run goes to logs/ in the sweep directory"},
    {"export-file", "it names a file for the time of submission; use export"},
    {"gid", "only root may give it"},
    {"help", "sbatch would submit nothing"},
    {"hold", "type `./submit.sh --hold` for that"},
    {"ignore-pbs", "the scripts have no lines for PBS"},
    {"input", "a run reads no input"},
    {"job-name", "a job has the name of its sweep"},
    {"nodefile", "it names a file for the time of submission; use nodelist"},
    {"output", "the output of every run goes to logs/ in the sweep directory"},
    {"parsable", "submit.sh gives it"},
    {"quiet", "type `./submit.sh --quiet` for that"},
    {"test-only", "type `./submit.sh --test-only` for that"},
    {"uid", "only root may give it"},
    {"usage", "sbatch would submit nothing"},
    {"verbose", "type `./submit.sh --verbose` for that"},
    {"version", "sbatch would submit nothing"},
    {"wait", "type `./submit.sh --wait` for that"},
    {"wrap", "the scripts start the recipe themselves"},
};

static const struct {
    const char *other, *name;
} table_aliases[] = {{"accelerators", "gpus"}, {"acct", "account"}, {"after", "dependency"},
    {"allocation", "account"}, {"bad_nodes", "exclude"}, {"billing", "account"},
    {"charge_account", "account"}, {"cores", "cpus-per-task"}, {"cpu", "cpus-per-task"},
    {"cpu_count", "cpus-per-task"}, {"cpus", "cpus-per-task"}, {"depend", "dependency"},
    {"depends_on", "dependency"}, {"duration", "time"}, {"email", "mail-user"},
    {"email_address", "mail-user"}, {"exclude_nodes", "exclude"}, {"feature", "constraint"},
    {"features", "constraint"}, {"gpu", "gpus"}, {"gpu_count", "gpus"}, {"gpu_type", "constraint"},
    {"gpus_per_job", "gpus"}, {"gpus_per_machine", "gpus-per-node"}, {"gpus_per_run", "gpus"},
    {"group", "account"}, {"h_rt", "time"}, {"h_vmem", "mem"}, {"hold_jid", "dependency"},
    {"hostlist", "nodelist"}, {"hosts", "nodes"}, {"hours", "time"}, {"machines", "nodes"},
    {"mail", "mail-user"}, {"max_mem", "mem"}, {"max_run_time", "time"}, {"max_time", "time"},
    {"mem_free", "mem"}, {"mem_gb", "mem"}, {"memory", "mem"}, {"memory_gb", "mem"},
    {"memory_limit", "mem"}, {"memory_per_cpu", "mem-per-cpu"}, {"n_cpus", "cpus-per-task"},
    {"n_gpus", "gpus"}, {"n_gpus_per_node", "gpus-per-node"}, {"n_nodes", "nodes"},
    {"n_tasks", "ntasks"}, {"ncpus", "cpus-per-task"}, {"ngpu", "gpus"}, {"ngpus", "gpus"},
    {"nnodes", "nodes"}, {"node_count", "nodes"}, {"node_list", "nodelist"},
    {"node_type", "constraint"}, {"nodenames", "nodelist"}, {"notification", "mail-type"},
    {"notifications", "mail-type"}, {"notify", "mail-user"}, {"nproc_per_node", "gpus-per-node"},
    {"nprocs", "ntasks"}, {"num_cores", "cpus-per-task"}, {"num_cpus", "cpus-per-task"},
    {"num_gpu", "gpus"}, {"num_gpus", "gpus"}, {"num_machines", "nodes"}, {"num_nodes", "nodes"},
    {"num_tasks", "ntasks"}, {"partitions", "partition"}, {"pmem", "mem-per-cpu"},
    {"ppn", "ntasks-per-node"}, {"procs", "ntasks"}, {"procs_per_node", "ntasks-per-node"},
    {"project", "account"}, {"q", "partition"}, {"queue", "partition"}, {"queue_name", "partition"},
    {"ram", "mem"}, {"ranks_per_node", "ntasks-per-node"}, {"run_time", "time"},
    {"runtime", "time"}, {"rusage", "mem"}, {"select", "nodes"}, {"smp", "cpus-per-task"},
    {"tasks_per_node", "ntasks-per-node"}, {"threads", "cpus-per-task"}, {"time_limit", "time"},
    {"timeout", "time"}, {"timeout_min", "time"}, {"vmem", "mem"}, {"wall", "time"},
    {"wall_clock_limit", "time"}, {"wall_time", "time"}, {"walltime", "time"}};

static bool table_same_name(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if (*a != *b && !(strchr("-_", *a) != NULL && strchr("-_", *b) != NULL))
            return false;
    return *a == *b;
}

const struct slurm_option *slurm_option_find(const char *name)
{
    for (size_t i = 0; i < N_OPTIONS; i++)
        if (table_same_name(slurm_option_table[i].name, name))
            return &slurm_option_table[i];
    return NULL;
}

size_t slurm_option_index(const char *name)
{
    return (size_t)(slurm_option_find(name) - slurm_option_table);
}

const char *slurm_option_alias(const char *name)
{
    if (name[0] == '-')
        return slurm_option_alias(name + 1);
    for (size_t i = 0; name[0] != '\0' && name[1] == '\0' && i < N_OPTIONS; i++)
        if (slurm_option_table[i].letter == name[0])
            return slurm_option_table[i].name;
    if (strncmp(name, "slurm_", 6) == 0 || strncmp(name, "sbatch_", 7) == 0)
        return slurm_option_alias(strchr(name, '_') + 1);
    for (size_t i = 0; i < sizeof table_aliases / sizeof *table_aliases; i++)
        if (table_same_name(table_aliases[i].other, name))
            return table_aliases[i].name;
    return slurm_option_find(name) != NULL ? slurm_option_find(name)->name : NULL;
}

const char *slurm_option_reserved(const char *name)
{
    for (size_t i = 0; i < sizeof table_reserved / sizeof *table_reserved; i++)
        if (table_same_name(table_reserved[i].name, name))
            return table_reserved[i].reason;
    return NULL;
}
