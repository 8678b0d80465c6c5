/* One suite for every store; see support.h. */
#include "support.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc != 2 || (strcmp(argv[1], "sqlite") != 0 && strcmp(argv[1], "postgres") != 0)) {
        fprintf(stderr, "usage: conformance sqlite|postgres\n");
        return 64;
    }
    const test_list *lists[] = {
        &open_tests, &migrate_tests,     &accept_tests, &run_tests,
        &end_tests,  &house_tests,       &act_tests,    &retention_tests,
        &look_tests, &concurrency_tests, &crash_tests,
    };
    struct CMUnitTest all[256];
    size_t count = 0;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        memcpy(all + count, lists[i]->tests, lists[i]->count * sizeof all[0]);
        count += lists[i]->count;
    }
    if (!suite_start(argv[1]))
        return 1;
    int failed = _cmocka_run_group_tests(argv[1], all, count, NULL, NULL);
    suite_stop();
    return failed != 0;
}
