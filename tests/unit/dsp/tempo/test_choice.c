/* The network that weighs candidates, against formulas. */
#include "dsp/tempo/choice.h"

#include "tests/unit/test.h"

#include <math.h>

/* Two inputs, two hidden units: weights, biases, outputs, linear part. */
static const float weights[] = {0.5f, -1.0f, 2.0f, 0.25f, 0.125f, -0.5f, 3.0f, -2.0f, 0.75f, 1.5f};
static const mg_choice_model model = {2, 2, weights};

static void test_score(void **state)
{
    (void)state;
    const double inputs[][2] = {{0, 0}, {1, 0}, {0, 1}, {-0.3, 0.7}};
    for (unsigned i = 0; i < 4; i++) {
        double x = inputs[i][0], y = inputs[i][1];
        double expected =
            0.75 * x + 1.5 * y + 3 * tanh(0.125 + 0.5 * x - y) - 2 * tanh(-0.5 + 2 * x + 0.25 * y);
        assert_true(fabs(mg_choice_score(&model, inputs[i]) - expected) < 1e-12);
    }
}

static void test_softmax(void **state)
{
    (void)state;
    double p[3] = {800, 800 + log(2), -800}, same[2] = {1, 1}, one[1] = {-5};
    assert_int_equal(mg_choice_softmax(p, 3), 1);
    assert_true(fabs(p[0] - 1 / 3.0) < 1e-12 && fabs(p[1] - 2 / 3.0) < 1e-12 && p[2] == 0);
    assert_int_equal(mg_choice_softmax(same, 2), 0);
    assert_true(same[0] == 0.5 && same[1] == 0.5);
    assert_int_equal(mg_choice_softmax(one, 1), 0);
    assert_true(one[0] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_score),
        cmocka_unit_test(test_softmax),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
