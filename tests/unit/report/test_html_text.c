#include "report/html_text.h"
#include "report/labels.h"
#include "report/svg.h"

#include "tests/unit/test.h"

#include <math.h>
#include <string.h>

static mg_buf out = MG_BUF_INIT(1 << 20);

/* What was written since the last look. */
static const char *written(void)
{
    static char text[8192];
    assert_int_equal(mg_buf_err(&out), MG_OK);
    assert_true(out.len < sizeof text);
    memcpy(text, mg_buf_text(&out), out.len + 1);
    mg_buf_clear(&out);
    return text;
}

#define IS(call, expected)                                                                         \
    do {                                                                                           \
        call;                                                                                      \
        assert_string_equal(written(), expected);                                                  \
    } while (0)

static void text_cannot_leave_its_place(void **state)
{
    (void)state;
    IS(mg_html_text(&out, "</svg><script>alert('1')</script>\" &amp;"),
       "&lt;/svg&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot; &amp;amp;");
    IS(mg_html_text(&out, "a\xff\xc3-\x80 b\x01\x1b\x7f\xc2\x85"), "a?" "?-? b????");
    /* embedding, override, isolate, marks, Arabic letter mark, line separator, byte order mark */
    IS(mg_html_text(&out, "x\xe2\x80\xae" "fdp.\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c\xe2\x80\xa8"
                          "\xef\xbb\xbf"),
       "x?fdp.?????");
    IS(mg_html_text(&out, "Gr\xc3\xbcn \xe2\x99\xaf \xf0\x9f\x8e\xb9"),
       "Gr\xc3\xbcn \xe2\x99\xaf \xf0\x9f\x8e\xb9");
    IS(mg_html_text(&out, ""), "");
    IS(mg_html_text_cut(&out, "\xc3\xa4\xc3\xb6\xc3\xbc", 2), "\xc3\xa4\xc3\xb6\xe2\x80\xa6");
    IS(mg_html_text_cut(&out, "\xc3\xa4\xc3\xb6", 2), "\xc3\xa4\xc3\xb6");
    char longer[4097];
    memset(longer, '<', sizeof longer - 1);
    longer[4096] = '\0';
    mg_html_text(&out, longer);
    assert_int_equal(strlen(written()), MG_HTML_TEXT_MAX * 4 + 3);
}

#define MINUS "\xe2\x88\x92"
#define THIN "\xe2\x80\xaf"
#define DASH "\xe2\x80\x93"

static void numbers_read_as_on_paper(void **state)
{
    (void)state;
    IS(mg_html_number(&out, -9.04, 1), MINUS "9.0");
    IS(mg_html_number(&out, -0.04, 1), "0.0");
    IS(mg_html_number(&out, 9999.0, 0), "9999");
    IS(mg_html_number(&out, -1234567.25, 1), MINUS "1" THIN "234" THIN "567.3");
    IS(mg_html_number(&out, 12345.0, 0), "12" THIN "345");
    IS(mg_html_number(&out, (double)NAN, 2), DASH);
    IS(mg_html_number(&out, (double)INFINITY, 2), DASH);
    IS(mg_html_number(&out, 1e300, 2), DASH);
    IS(mg_html_signed(&out, 1.25, 1), "+1.3");
    IS(mg_html_signed(&out, 0.0, 1), "0.0");
    IS(mg_html_value(&out, 3.0, 0, "dB"), "3" THIN "dB");
    IS(mg_html_value(&out, 3.0, 0, "1"), "3");
    IS(mg_html_value(&out, (double)NAN, 0, "dB"), DASH);
    IS(mg_html_range(&out, -16.0, -5.0, 1, "LUFS"), MINUS "16.0 to " MINUS "5.0" THIN "LUFS");
    IS(mg_html_range(&out, (double)NAN, -1.0, 1, "dBTP"), "at most " MINUS "1.0" THIN "dBTP");
    IS(mg_html_range(&out, 5.0, (double)NAN, 0, ""), "at least 5");
    IS(mg_html_range(&out, (double)NAN, (double)NAN, 0, "LU"), DASH);
}

static void times_and_frequencies(void **state)
{
    (void)state;
    IS(mg_html_time(&out, 0.04, 1), "0:00.0");
    IS(mg_html_time(&out, 59.96, 1), "1:00.0");
    IS(mg_html_time(&out, 295.4, 0), "4:55");
    IS(mg_html_time(&out, 3723.0, 0), "1:02:03");
    IS(mg_html_time(&out, -1.0, 0), "0:00");
    IS(mg_html_time(&out, (double)INFINITY, 0), DASH);
    IS(mg_html_time(&out, (double)NAN, 0), DASH);
    IS(mg_html_hz(&out, 19.9526), "20" THIN "Hz");
    IS(mg_html_hz(&out, 31.6), "31.6" THIN "Hz");
    IS(mg_html_hz(&out, 999.6), "1" THIN "kHz");
    IS(mg_html_hz(&out, 44100.0), "44.1" THIN "kHz");
    IS(mg_html_hz(&out, (double)NAN), DASH);
}

static void ids_become_words(void **state)
{
    (void)state;
    IS(mg_html_name(&out, "low_mid"), "Low mid");
    IS(mg_html_label(&out, "integrated_lufs"), "Integrated loudness");
    IS(mg_html_label(&out, "some_<new>"), "Some &lt;new&gt;");
    IS(mg_html_area(&out, "tonal.sub_high"), "Tone");
    IS(mg_html_area(&out, "stereo"), "Stereo");
    IS(mg_html_area(&out, ""), "");
    assert_string_equal(mg_unit_label("1/min"), "a minute");
    assert_string_equal(mg_unit_label("dB"), "dB");
    assert_string_equal(mg_unit_label("DR"), "");
}

static void coordinates_are_short_and_finite(void **state)
{
    (void)state;
    IS(mg_svg_number(&out, 12.04), "12");
    IS(mg_svg_number(&out, -0.04), "0");
    IS(mg_svg_number(&out, -3.14), "-3.1");
    IS(mg_svg_number(&out, (double)NAN), "0");
    IS(mg_svg_percent(&out, 0.12345), "12.35%");
    IS(mg_svg_percent(&out, 1.5), "100%");
    IS(mg_svg_percent(&out, (double)NAN), "0%");
    const mg_plot plot = {.out = &out, .height = 100.0, .x_low = 20.0, .x_high = 20000.0,
                          .x_log = true, .y_low = -60.0, .y_high = 0.0};
    assert_true(fabs(mg_plot_x(&plot, 200.0) - 1.0 / 3.0) < 1e-12);
    assert_true(mg_plot_x(&plot, 0.0) == 0.0 && mg_plot_x(&plot, -5.0) == 0.0);
    assert_true(mg_plot_x(&plot, 1e9) == 1.0);
    assert_true(mg_plot_y(&plot, 0.0) == 0.0 && mg_plot_y(&plot, -60.0) == 100.0);
    assert_true(mg_plot_y(&plot, -90.0) == 100.0 && mg_plot_y(&plot, (double)NAN) == 100.0);
    mg_path path = mg_path_open(&out, "c");
    mg_path_to(&path, 0.0, 1.0);
    mg_path_to(&path, 10.0, 2.5);
    mg_path_curve(&path, (const double[]){1, 2, 3}, (const double[]){4, 5, 6});
    mg_path_to(&path, 7.0, 8.0);
    mg_path_lift(&path);
    mg_path_to(&path, 9.0, 9.0);
    mg_path_close(&path);
    assert_string_equal(written(), "<path class=\"c\" d=\"M0 1 10 2.5C1 4 2 5 3 6L7 8M9 9\"/>");
}

/* Seven labels at most whatever the length, and the first at the left edge. */
static void time_axes_stay_readable(void **state)
{
    (void)state;
    static const double lengths_s[] = {0.001, 0.3, 1.0, 59.0, 60.0, 420.0, 3600.0, 43200.0, 1e6};
    for (size_t i = 0; i < sizeof lengths_s / sizeof lengths_s[0]; i++) {
        const mg_plot plot = {.out = &out, .height = 100.0, .x_high = lengths_s[i], .y_high = 1.0};
        unsigned labels = 0;
        mg_plot_time_axis(&plot);
        for (const char *at = written(); (at = strstr(at, "<text")) != NULL; at++)
            labels++;
        assert_in_range(labels, 1, 8);
    }
}

static int free_out(void **state)
{
    (void)state;
    mg_buf_done(&out);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_cannot_leave_its_place),
        cmocka_unit_test(numbers_read_as_on_paper),
        cmocka_unit_test(times_and_frequencies),
        cmocka_unit_test(ids_become_words),
        cmocka_unit_test(coordinates_are_short_and_finite),
        cmocka_unit_test(time_axes_stay_readable),
    };
    return cmocka_run_group_tests_name("html_text", tests, NULL, free_out);
}
