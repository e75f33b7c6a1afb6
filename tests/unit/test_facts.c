/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/slurm/facts.h"
#include "tests/unit/check_main.h"

START_TEST(config)
{
    CLEANUP_JSON json_t *got =
        facts_parse_config("Configuration data as of 2026-01-01T00:00:00\n"
                           "AccountingStorageType   = accounting_storage/none\n"
                           "MaxArraySize            = 1001\n"
                           "MaxArraySizeX           = 7\n"
                           "MinJobAge               = 300 sec\n");
    assert_json(got, "{\"AccountingStorageType\": \"accounting_storage/none\","
                     "\"MaxArraySize\": \"1001\", \"MinJobAge\": \"300\"}");
}
END_TEST

START_TEST(partitions)
{
    CLEANUP_JSON json_t *got = facts_parse_partitions(
        "PartitionName=gpu AllowGroups=ALL AllowAccounts=a,b Default=NO MaxTime=04:00:00 X=1\n"
        "PartitionName=debug Default=YES State=UP TRES=cpu=64,mem=8000M\n");
    assert_json(got, "{\"gpu\": {\"AllowGroups\": \"ALL\", \"AllowAccounts\": \"a,b\","
                     "\"Default\": \"NO\", \"MaxTime\": \"04:00:00\"},"
                     "\"debug\": {\"Default\": \"YES\", \"State\": \"UP\"}}");
}
END_TEST

START_TEST(nodes)
{
    char text[] = "gpu\x1fgpu:a100:4(S:0-1)\x1f"
                  "2000\x1f"
                  "16\x1f(null)\x1fidle\x1f"
                  "2\n";
    CLEANUP_JSON json_t *got = facts_parse_nodes(text);
    assert_json(got,
        "[{\"partition\": \"gpu\", \"gres\": \"gpu:a100:4(S:0-1)\", \"memory\": \"2000\","
        "\"cpus\": \"16\", \"features\": \"\", \"state\": \"idle\", \"count\": \"2\"}]");
}
END_TEST

/* Only the user's own associations; limits without what is used of them. */
START_TEST(accounts)
{
    CLEANUP_JSON json_t *facts = json_object();
    ck_assert(
        facts_parse_accounts("Current Association Manager state\n"
                             "\n"
                             "Association Records\n"
                             "\n"
                             "ClusterName=test Account=phys UserName=ada(1000) Partition= ID=5\n"
                             "    SharesRaw/Norm/Level/Factor=1/1.00/1/0.00\n"
                             "    MaxJobs=6(0) MaxSubmitJobs=20(3) MaxWallPJ=60\n"
                             "ClusterName=test Account=phys UserName= Partition= ID=4\n"
                             "    MaxWallPJ=\n"
                             "\n"
                             "QOS Records\n"
                             "\n"
                             "QOS=normal(1)\n"
                             "    MaxWallPJ=\n",
            "ada", facts));
    assert_json(facts, "{\"associations\": [{\"Account\": \"phys\", \"UserName\": \"ada\","
                       "\"Partition\": \"\", \"MaxSubmitJobs\": \"20\", \"MaxWallPJ\": \"60\"}],"
                       "\"qos\": {\"normal\": {\"QOS\": \"normal\", \"MaxWallPJ\": \"\"}}}");
}
END_TEST

START_TEST(own_qos)
{
    char text[] = "phys||low,normal\nphys|gpu|high\nchem||\n\n";
    CLEANUP_JSON json_t *facts = json_pack("{s:[{s:s, s:s}, {s:s}]}", "associations", "Account",
        "phys", "Partition", "gpu", "Account", "phys");
    facts_parse_own_qos(text, facts);
    assert_json(facts, "{\"associations\": [{\"Account\": \"phys\", \"Partition\": \"gpu\","
                       "\"QOS\": \"high\"}, {\"Account\": \"phys\", \"QOS\": \"low,normal\"}]}");
}
END_TEST

START_TEST(no_accounting)
{
    CLEANUP_JSON json_t *facts = json_object();
    ck_assert(facts_parse_accounts("\nNo associations currently cached in Slurm.\n", "ada", facts));
    assert_json(facts, "{\"associations\": [], \"qos\": {}}");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts");
    TCase *tc = add_case(suite, "facts");
    tcase_add_test(tc, config);
    tcase_add_test(tc, partitions);
    tcase_add_test(tc, nodes);
    tcase_add_test(tc, accounts);
    tcase_add_test(tc, no_accounting);
    tcase_add_test(tc, own_qos);
    return check_main(suite);
}
