/* Every kernel of every table that this CPU runs, bit for bit against the plain one. */
#include "tests/unit/dsp/kernels/compare.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static void compare_extremes(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    float a[2] = {0.01f * (float)offset, 0.0f}, b[2] = {a[0], a[1]}, low = a[0], high = a[1];
    mg_kernels_plain.extremes(x, n, &a[0], &a[1]);
    k->extremes(x, n, &b[0], &b[1]);
    assert_memory_equal(a, b, sizeof a);
    for (size_t i = 0; i < n; i++) {
        low = fminf(low, x[i]);
        high = fmaxf(high, x[i]);
    }
    assert_true(a[0] == low && a[1] == high);
}

static void compare_sums(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    mg_lane_sums a = {{0}, {0}, {0}}, b = a;
    mg_kernels_plain.sums(x, n, offset, &a);
    k->sums(x, n, offset, &b);
    assert_memory_equal(&a, &b, sizeof a);
}

static void compare_averages(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    (void)offset;
    float mean[2][LENGTH_MAX / 16 + 1];
    memset(mean, 0, sizeof mean);
    mg_kernels_plain.averages(x, n / 16, mean[0]);
    k->averages(x, n / 16, mean[1]);
    assert_memory_equal(mean[0], mean[1], sizeof mean[0]);
    for (size_t c = 0; c < n / 16; c++) {
        double sum = 0.0, size = 0.0;
        for (size_t i = 0; i < 16; i++) {
            sum += (double)x[16 * c + i];
            size += fabs((double)x[16 * c + i]);
        }
        assert_true(fabs((double)mean[0][c] - sum / 16.0) <= 1e-6 * size);
    }
}

static void compare_half_band(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    static const size_t half_taps[OFFSETS] = {2, 3, 4, 6, 16, 1, 5, 17};
    static const float tap[17] = {0.31f,  -0.1f,  0.06f,  -0.04f,  0.02f,  -0.01f, 0.007f, -0.004f,
                                  0.003f, -2e-3f, 1e-3f,  -7e-4f,  4e-4f,  -2e-4f, 1e-4f,  -5e-5f,
                                  3e-5f};
    float y[2][LENGTH_MAX];
    size_t count = n / 2; /* odd reaches half_taps values further */
    mg_kernels_plain.half_band(tap, half_taps[offset], x + n / 2, x, y[0], count);
    k->half_band(tap, half_taps[offset], x + n / 2, x, y[1], count);
    assert_memory_equal(y[0], y[1], count * sizeof(float));
}

/* The same bits as from samples that were split before. */
static void compare_half_band_pairs(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    static const float tap[5] = {0.31f, -0.1f, 0.06f, -0.04f, 0.02f};
    float odd[LENGTH_MAX / 2 + 16], even[LENGTH_MAX / 2], y[2][LENGTH_MAX / 2];
    size_t taps = 1 + offset % 5, count = n / 2;
    for (size_t i = 0; i < count + 2 * taps; i++)
        odd[i] = *(x + 2 * i + 1 - 2 * taps);
    for (size_t i = 0; i < count; i++)
        even[i] = x[2 * i];
    mg_kernels_plain.half_band(tap, taps, even, odd, y[0], count);
    k->half_band_pairs(tap, taps, x, y[1], count);
    assert_memory_equal(y[0], y[1], count * sizeof(float));
}

static void compare_follow(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    float share = 0.001f * (float)(1u << offset), out[2][LENGTH_MAX / 8 + 1], y[2] = {x[0], x[0]};
    double low = x[0], size = fabs((double)x[0]);
    size_t groups = n / 8;
    mg_kernels_plain.follow(x, share, &y[0], groups, out[0]);
    k->follow(x, share, &y[1], groups, out[1]);
    assert_memory_equal(out[0], out[1], groups * sizeof(float));
    assert_true(y[0] == y[1] && (groups == 0 || y[0] == out[0][groups - 1]));
    for (size_t g = 0; g < groups; g++) {
        double mean = 0;
        for (size_t i = 0; i < 8; i++) {
            mean += x[8 * g + i] / 8.0;
            size = fmax(size, fabs((double)x[8 * g + i]));
        }
        low += (double)share * (mean - low);
        assert_true(fabs(low - out[0][g]) <= 3e-6 * size + 1e-36);
    }
}

static void compare_split(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    (void)offset;
    float even[LENGTH_MAX / 2], odd[LENGTH_MAX / 2];
    k->split(x, even, odd, n / 2);
    for (size_t i = 0; i < n / 2; i++) {
        assert_memory_equal(&even[i], &x[2 * i], sizeof(float));
        assert_memory_equal(&odd[i], &x[2 * i + 1], sizeof(float));
    }
}

static void compare_window(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    float y[2][LENGTH_MAX];
    mg_kernels_plain.window(x, x + 1 + offset, y[0], n);
    k->window(x, x + 1 + offset, y[1], n);
    assert_memory_equal(y[0], y[1], n * sizeof(float));
}

static void compare_mix(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    float y[2][LENGTH_MAX];
    mg_kernels_plain.mix(x, 2.0f, x + offset, 1.0f / 3.0f, y[0], n);
    k->mix(x, 2.0f, x + offset, 1.0f / 3.0f, y[1], n);
    assert_memory_equal(y[0], y[1], n * sizeof(float));
}

static void compare_within(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    static const float odd[OFFSETS] = {0.0f,   1.0f, -1.0f, 1.0000001f, -1.0000001f,
                                       -1e30f, NAN,  HUGE_VALF};
    float y[LENGTH_MAX] = {0};
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] > 1.0f || x[i] < -1.0f ? 0.5f : x[i];
    assert_true(k->within(y, 1.0f, n));
    if (n == 0)
        return;
    y[n * 5 / 7] = odd[offset];
    assert_int_equal(k->within(y, 1.0f, n), offset < 3);
}

static void compare_stereo(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    static const float odd[OFFSETS] = {0.0f,   1.0f, -1.0f, 1.0000001f, -1.0000001f,
                                       -1e30f, NAN,  HUGE_VALF};
    float in[LENGTH_MAX] = {0}, left[LENGTH_MAX / 2], right[LENGTH_MAX / 2], mid[LENGTH_MAX / 2];
    for (size_t i = 0; i < n; i++)
        in[i] = x[i] > 1.0f || x[i] < -1.0f ? 0.5f : x[i];
    assert_true(k->stereo(in, 1.0f, n / 2, left, right, mid));
    if (n >= 2)
        in[(n / 2 * 2 - 1) * 5 / 7] = odd[offset];
    assert_int_equal(k->stereo(in, 1.0f, n / 2, left, right, mid), n < 2 || offset < 3);
    for (size_t i = 0; i < n / 2; i++) {
        float both = (in[2 * i] + in[2 * i + 1]) * 0.5f;
        assert_memory_equal(&left[i], &in[2 * i], sizeof(float));
        assert_memory_equal(&right[i], &in[2 * i + 1], sizeof(float));
        assert_true(mid[i] == both || (isnan(mid[i]) && isnan(both)));
    }
}

static void compare_pairs(const mg_kernels *k, const float *x, size_t n, unsigned offset)
{
    mg_pair_sums a = {{0}, {0}, {0}, {0}}, b = a;
    mg_kernels_plain.pairs(x, x + offset, x + 5, x + 7, n / 8, &a);
    k->pairs(x, x + offset, x + 5, x + 7, n / 8, &b);
    assert_memory_equal(&a, &b, sizeof a);
}

static void test_sums(void **state)
{
    (void)state;
    compare_all(compare_sums);
}

static void test_averages(void **state)
{
    (void)state;
    compare_all(compare_averages);
}

static void test_half_band(void **state)
{
    (void)state;
    compare_all(compare_half_band);
}

static void test_follow(void **state)
{
    (void)state;
    compare_all(compare_follow);
}

static void test_half_band_pairs(void **state)
{
    (void)state;
    compare_all(compare_half_band_pairs);
}

static void test_split(void **state)
{
    (void)state;
    compare_all(compare_split);
}

static void test_stereo(void **state)
{
    (void)state;
    compare_all(compare_stereo);
}

static void test_window(void **state)
{
    (void)state;
    compare_all(compare_window);
}

static void test_pairs(void **state)
{
    (void)state;
    compare_all(compare_pairs);
}

static void test_mix(void **state)
{
    (void)state;
    compare_all(compare_mix);
}

static void test_within(void **state)
{
    (void)state;
    compare_all(compare_within);
}

static void test_extremes(void **state)
{
    (void)state;
    compare_all(compare_extremes);
}

static void test_best_table_is_the_first(void **state)
{
    (void)state;
    assert_ptr_equal(mg_kernels_best(), mg_kernels_at(0));
    unsigned n = 0;
    while (mg_kernels_at(n))
        n++;
    assert_true(n >= 1);
    assert_string_equal(mg_kernels_at(n - 1)->name, "plain");
    print_message("# kernels: %s\n", mg_kernels_best()->name);
}

/* This program again, as `name`: what runs where the C library is told to leave AVX2 alone, and
 * with it what builds on it. */
static void test_a_mask_is_honoured(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    posix_spawn_file_actions_t actions;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, fd[1], STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_addclosefrom_np(&actions, 3), 0);
    char *const argv[] = {(char *)"test", (char *)"name", NULL};
    char *const env[] = {(char *)"GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA", NULL};
    pid_t pid;
    assert_int_equal(posix_spawn(&pid, "/proc/self/exe", &actions, NULL, argv, env), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(fd[1]);
    char name[16] = {0};
    assert_true(read(fd[0], name, sizeof name - 1) > 0);
    close(fd[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_string_equal(name, "plain");
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "name") == 0)
        return write(STDOUT_FILENO, mg_kernels_best()->name, strlen(mg_kernels_best()->name)) < 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),     cmocka_unit_test(test_half_band),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_half_band_pairs),    cmocka_unit_test(test_follow),
        cmocka_unit_test(test_stereo),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_pairs),    cmocka_unit_test(test_averages),
        cmocka_unit_test(test_extremes), cmocka_unit_test(test_mix),
        cmocka_unit_test(test_within),   cmocka_unit_test(test_best_table_is_the_first),
        cmocka_unit_test(test_a_mask_is_honoured),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
