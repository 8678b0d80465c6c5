/* Plots as inline SVG that fits any width without shrinking its text.
 *
 * A plot has no viewBox: it is as wide as its column and so many pixels high. Text, grid lines and
 * marks stand at percentages of the width; curves lie in a layer, a nested drawing of 1000 units
 * that is stretched to the width (vector-effect keeps the strokes). Below the drawing area is a
 * strip of MG_PLOT_AXIS pixels for the labels of the horizontal axis.
 *
 * Colours and fonts come from the page's style sheet by class; no style stands in the plot.
 */
#ifndef MG_REPORT_SVG_H
#define MG_REPORT_SVG_H

#include "base/buf.h"

#include <stdbool.h>

enum { MG_PLOT_UNITS = 1000 /* width of a layer */, MG_PLOT_AXIS = 24 };

typedef struct mg_plot {
    mg_buf *out;
    double height; /* of the drawing area, px */
    double x_low, x_high;
    bool x_log;
    double y_low, y_high; /* at the bottom and at the top */
} mg_plot;

/** Begin a drawing with its name and its description for who does not see it.
 *  @param id      a word; unique in the page
 *  @param height  px, whole
 *  @param title   static text
 *  @param desc    plain text, escaped here */
void mg_svg_open(mg_buf *out, const char *id, double height, const char *title, const char *desc);
void mg_svg_close(mg_buf *out);

/* A coordinate with at most one digit and no zeros behind it; 0 for what is not finite. */
void mg_svg_number(mg_buf *out, double value);
/* A share of the width as "12.5%". */
void mg_svg_percent(mg_buf *out, double share);

/* Where a value stands: 0..1 from the left, px from the top; cut to the area. */
double mg_plot_x(const mg_plot *plot, double value);
double mg_plot_y(const mg_plot *plot, double value);

/* A layer over the drawing area; curves and areas go between the two. */
void mg_plot_layer(const mg_plot *plot);
void mg_plot_layer_end(const mg_plot *plot);
/* A rectangle between values, over the whole width or height where both of a pair are NAN. */
void mg_plot_rect(const mg_plot *plot, const char *class, double x_from, double x_to,
                  double y_from, double y_to);
/* A line across at a value. */
void mg_plot_line_at_y(const mg_plot *plot, const char *class, double y);
/* A text; x is a value of the axis, y in px. `class` may hold "m" (middle) or "e" (end). */
void mg_plot_text_open(const mg_plot *plot, const char *class, double x, double y_px);
void mg_plot_text_close(const mg_plot *plot);

/* Grid lines at the multiples of `step` with their numbers at the left edge. */
void mg_plot_y_axis(const mg_plot *plot, double step, int digits, const char *unit);
/* Times below the area; x is in seconds. */
void mg_plot_time_axis(const mg_plot *plot);

/* A path of a layer, point by point: x in units, y in px. */
typedef struct mg_path {
    mg_buf *out;
    bool open;   /* a piece is begun */
    bool curved; /* the last point ended a curve */
} mg_path;

mg_path mg_path_open(mg_buf *out, const char *class);
/* The first point of a piece moves there, the others draw. */
void mg_path_to(mg_path *path, double x, double y);
/* A cubic curve to (x, y) with the two control points before it. */
void mg_path_curve(mg_path *path, const double x[3], const double y[3]);
/* The next point begins a new piece. */
void mg_path_lift(mg_path *path);
void mg_path_close(mg_path *path);

#endif
