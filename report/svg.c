#include "report/svg.h"

#include "report/html_text.h"

#include <math.h>
#include <stdio.h>

enum { GRID_MAX = 40 };

void mg_svg_open(mg_buf *out, const char *id, double height, const char *title, const char *desc)
{
    mg_buf_printf(out,
                  "<svg class=\"plot\" role=\"img\" aria-labelledby=\"%s-t %s-d\" width=\"100%%\" "
                  "height=\"%.0f\"><title id=\"%s-t\">%s</title><desc id=\"%s-d\">",
                  id, id, height, id, title, id);
    mg_html_text(out, desc);
    mg_buf_puts(out, "</desc>");
}

void mg_svg_close(mg_buf *out)
{
    mg_buf_puts(out, "</svg>\n");
}

void mg_svg_number(mg_buf *out, double value)
{
    const double tenths = isfinite(value) ? fmin(fmax(round(value * 10.0), -1e6), 1e6) : 0.0;
    const long whole = (long)fabs(tenths);
    if (tenths < 0.0)
        mg_buf_putc(out, '-');
    if (whole % 10 == 0)
        mg_buf_printf(out, "%ld", whole / 10);
    else
        mg_buf_printf(out, "%ld.%ld", whole / 10, whole % 10);
}

void mg_svg_percent(mg_buf *out, double share)
{
    const long hundredths = isfinite(share) ? (long)round(fmin(fmax(share, 0.0), 1.0) * 1e4) : 0;
    mg_buf_printf(out, "%ld", hundredths / 100);
    if (hundredths % 100 != 0)
        mg_buf_printf(out, ".%02ld", hundredths % 100);
    mg_buf_putc(out, '%');
}

double mg_plot_x(const mg_plot *plot, double value)
{
    double share = plot->x_log ? log(value / plot->x_low) / log(plot->x_high / plot->x_low)
                               : (value - plot->x_low) / (plot->x_high - plot->x_low);
    return isnan(share) ? 0.0 : fmin(fmax(share, 0.0), 1.0);
}

double mg_plot_y(const mg_plot *plot, double value)
{
    const double share = (value - plot->y_low) / (plot->y_high - plot->y_low);
    return plot->height * (1.0 - (isnan(share) ? 0.0 : fmin(fmax(share, 0.0), 1.0)));
}

void mg_plot_layer(const mg_plot *plot)
{
    mg_buf_printf(plot->out,
                  "<svg viewBox=\"0 0 %d %.0f\" preserveAspectRatio=\"none\" width=\"100%%\" "
                  "height=\"%.0f\">",
                  MG_PLOT_UNITS, plot->height, plot->height);
}

void mg_plot_layer_end(const mg_plot *plot)
{
    mg_buf_puts(plot->out, "</svg>");
}

void mg_plot_rect(const mg_plot *plot, const char *class, double x_from, double x_to,
                  double y_from, double y_to)
{
    const bool wide = isnan(x_from) && isnan(x_to), high = isnan(y_from) && isnan(y_to);
    const double left = wide ? 0.0 : mg_plot_x(plot, x_from);
    const double right = wide ? 1.0 : mg_plot_x(plot, x_to);
    const double top = high ? 0.0 : mg_plot_y(plot, fmax(y_from, y_to));
    const double bottom = high ? plot->height : mg_plot_y(plot, fmin(y_from, y_to));
    mg_buf_printf(plot->out, "<rect class=\"%s\" x=\"", class);
    mg_svg_percent(plot->out, left);
    mg_buf_puts(plot->out, "\" y=\"");
    mg_svg_number(plot->out, top);
    mg_buf_puts(plot->out, "\" width=\"");
    mg_svg_percent(plot->out, right - left);
    mg_buf_puts(plot->out, "\" height=\"");
    mg_svg_number(plot->out, bottom - top);
    mg_buf_puts(plot->out, "\"/>");
}

static void line_at(const mg_plot *plot, const char *class, double y_px)
{
    mg_buf_printf(plot->out, "<line class=\"%s\" x2=\"100%%\" y1=\"", class);
    mg_svg_number(plot->out, y_px);
    mg_buf_puts(plot->out, "\" y2=\"");
    mg_svg_number(plot->out, y_px);
    mg_buf_puts(plot->out, "\"/>");
}

void mg_plot_line_at_y(const mg_plot *plot, const char *class, double y)
{
    line_at(plot, class, mg_plot_y(plot, y));
}

void mg_plot_text_open(const mg_plot *plot, const char *class, double x, double y_px)
{
    mg_buf_printf(plot->out, "<text class=\"%s\" x=\"", class);
    mg_svg_percent(plot->out, mg_plot_x(plot, x));
    mg_buf_puts(plot->out, "\" y=\"");
    mg_svg_number(plot->out, y_px);
    mg_buf_puts(plot->out, "\">");
}

void mg_plot_text_close(const mg_plot *plot)
{
    mg_buf_puts(plot->out, "</text>");
}

void mg_plot_y_axis(const mg_plot *plot, double step, int digits, const char *unit)
{
    const double first = ceil(plot->y_low / step), last = floor(plot->y_high / step);
    if (!(last - first <= GRID_MAX)) /* of a value that no one measured */
        return;
    for (int n = 0; n <= (int)(last - first); n++) {
        const bool top = n == (int)(last - first);
        const double value = (first + n) * step, y = mg_plot_y(plot, value);
        line_at(plot, "grid", fmin(fmax(y, 0.5), plot->height - 0.5));
        if (y < 16.0 && !top)
            continue;
        /* the number stands on its line, the uppermost one below it */
        mg_plot_text_open(plot, "tick halo", plot->x_low, y < 16.0 ? y + 13.0 : y - 4.0);
        mg_html_value(plot->out, value, digits, top ? unit : "");
        mg_plot_text_close(plot);
    }
}

/* The least round step of which at most seven fit; of those whose labels are long, with tenths or
 * hours, at most four. */
static double time_step(double seconds)
{
    static const double steps[] = {0.1, 0.2, 0.5, 1,   2,   5,    10,   15,   30,
                                   60,  120, 300, 600, 900, 1800, 3600, 7200, 14400};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (seconds / steps[i] <= (steps[i] < 1.0 || seconds >= 3600.0 ? 4.0 : 7.0))
            return steps[i];
    }
    return ceil(seconds / 4.0 / 3600.0) * 3600.0;
}

void mg_plot_time_axis(const mg_plot *plot)
{
    const double length = plot->x_high - plot->x_low, step = time_step(length);
    line_at(plot, "axis", plot->height + 0.5);
    for (int i = 0; i * step <= length * 0.97; i++) {
        mg_plot_text_open(plot, i == 0 ? "tick" : "tick m", plot->x_low + i * step,
                          plot->height + 17.0);
        mg_html_time(plot->out, plot->x_low + i * step, step < 1.0);
        mg_plot_text_close(plot);
    }
}

mg_path mg_path_open(mg_buf *out, const char *class)
{
    mg_buf_printf(out, "<path class=\"%s\" d=\"", class);
    return (mg_path){.out = out};
}

static void point(mg_buf *out, double x, double y)
{
    mg_svg_number(out, x);
    mg_buf_putc(out, ' ');
    mg_svg_number(out, y);
}

void mg_path_to(mg_path *path, double x, double y)
{
    if (!path->open)
        mg_buf_putc(path->out, 'M');
    else
        mg_buf_putc(path->out, path->curved ? 'L' : ' ');
    point(path->out, x, y);
    path->open = true;
    path->curved = false;
}

void mg_path_curve(mg_path *path, const double x[3], const double y[3])
{
    for (int i = 0; i < 3; i++) {
        mg_buf_putc(path->out, i == 0 ? 'C' : ' ');
        point(path->out, x[i], y[i]);
    }
    path->curved = true;
}

void mg_path_lift(mg_path *path)
{
    path->open = false;
}

void mg_path_close(mg_path *path)
{
    mg_buf_puts(path->out, "\"/>");
}
