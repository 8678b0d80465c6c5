#include "base/library.h"

#include "tests/unit/test.h"

#include <math.h>
#include <string.h>

typedef struct functions {
    double (*cos)(double);
    double (*hypot)(double, double);
} functions;

static const char *const names[] = {"cos", "hypot"};

static void finds_the_functions_of_a_library(void **state)
{
    (void)state;
    functions math = {0};
    mg_library library = MG_LIBRARY_INIT("libm.so.6", "a test", names, math);
    mg_errinfo err = {0};
    for (int i = 0; i < 2; i++) { /* the second time it is there already */
        assert_int_equal(mg_library_load(&library, &err), MG_OK);
        assert_true(math.cos(0.0) == 1.0);
        assert_true(math.hypot(3.0, 4.0) == 5.0);
    }
}

static void a_missing_library_is_a_matter_of_configuration(void **state)
{
    (void)state;
    functions none = {0};
    mg_library library = MG_LIBRARY_INIT("libmixgauge-none.so.1", "a test", names, none);
    mg_errinfo err = {0};
    assert_int_equal(mg_library_load(&library, &err), MG_E_CONFIG);
    assert_ptr_equal(strstr(err.text, "libmixgauge-none.so.1 is needed for a test: "), err.text);
    assert_int_equal(mg_library_load(&library, NULL), MG_E_CONFIG);
}

static void a_missing_function_is_named(void **state)
{
    (void)state;
    static const char *const of_later[] = {"cos", "function_of_a_later_version"};
    functions math = {0};
    mg_library library = MG_LIBRARY_INIT("libm.so.6", "a test", of_later, math);
    mg_errinfo err = {0};
    assert_int_equal(mg_library_load(&library, &err), MG_E_CONFIG);
    assert_non_null(strstr(err.text, "it has no function_of_a_later_version()"));
    assert_false(library.loaded);
}

static void *load_and_call(void *library)
{
    mg_err err = mg_library_load(library, NULL);
    functions *math = ((mg_library *)library)->functions;
    return err == MG_OK && math->cos(0.0) == 1.0 ? library : NULL;
}

static void threads_may_load_it_at_once(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        functions math = {0};
        mg_library library = MG_LIBRARY_INIT("libm.so.6", "a test", names, math);
        pthread_t threads[8];
        for (size_t i = 0; i < 8; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, load_and_call, &library), 0);
        for (size_t i = 0; i < 8; i++) {
            void *ok = NULL;
            pthread_join(threads[i], &ok);
            assert_non_null(ok);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_functions_of_a_library),
        cmocka_unit_test(a_missing_library_is_a_matter_of_configuration),
        cmocka_unit_test(a_missing_function_is_named),
        cmocka_unit_test(threads_may_load_it_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
