#include "base/json_write.h"
#include "report/report.h"
#include "report/result_view.h"

/* Written anew rather than copied: what leaves this program is of the format whatever came in. */
mg_err mg_report_waveform(const json_t *result, mg_buf *out)
{
    static const char *const numbers[] = {"version",           "channels", "sample_rate",
                                          "samples_per_pixel", "bits"};
    const json_t *waveform = mg_view(result, "waveform"), *data = mg_view(waveform, "data");
    mg_json json = MG_JSON_INIT(out);
    if (!json_is_array(data))
        return MG_E_NOT_FOUND;
    const size_t pixels = json_array_size(data) / 2;
    mg_json_object(&json, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        mg_json_num(&json, numbers[i], mg_view_number(waveform, numbers[i]), 0);
    mg_json_int(&json, "length", (int64_t)pixels);
    mg_json_array(&json, "data");
    for (size_t i = 0; i < 2 * pixels; i++)
        mg_json_num(&json, NULL, mg_view_number_at(data, i), 0);
    mg_json_array_end(&json);
    mg_json_object_end(&json);
    mg_buf_putc(out, '\n');
    return mg_buf_err(out);
}
