/* The tables of CatBoost's bins, as catboost.py describes them, and the checks that they fit each other. */

typedef struct {
    int32_t column, start, end, high;
} Cut;

typedef struct {
    int32_t column, hash;
} Value;

typedef struct {
    int64_t names, tests, places, width;
} Projection;

_Static_assert(sizeof(Cut) == 16 && sizeof(Value) == 8 && sizeof(Projection) == 32, "items lie without gaps");

typedef struct {
    Py_buffer borders, cuts, values, members, projections, places;
    Py_ssize_t numbers, texts; /* columns of either kind, numbers first */
    Py_ssize_t cut_count, value_count, projection_count;
    Py_ssize_t width; /* columns of bins */
} Bins;

static void free_bins(Bins *bins)
{
    Py_buffer *tables[] = {&bins->borders, &bins->cuts,        &bins->values,
                           &bins->members, &bins->projections, &bins->places};
    for (size_t index = 0; index < sizeof tables / sizeof *tables; index++)
        PyBuffer_Release(tables[index]);
    free(bins);
}

/* The size of a place, in 64 bits: a hash, and its bins behind it. */
static int64_t size_of(Projection one) { return 1 + (one.width + 7) / 8; }

static bool within(int64_t number, int64_t limit) { return number >= 0 && number < limit; }

/* Whether the projections use up their tables, and their members are columns. */
static bool check_projections(Bins *bins)
{
    const Projection *projections = bins->projections.buf;
    const int32_t *members = bins->members.buf;
    int64_t left = bins->members.len / 4, words = bins->places.len / 8;
    for (Py_ssize_t index = 0; index < bins->projection_count; index++) {
        Projection one = projections[index];
        if (!within(one.names, left + 1) || !within(one.tests, (left - one.names) / 2 + 1)
            || !within(one.width, INT32_MAX) || !one.width || !within(one.places, words + 1) || !one.places
            || one.places & (one.places - 1) || one.places > words / size_of(one))
            return refuse("projections");
        for (int64_t name = 0; name < one.names; name++)
            if (!within(*members++, bins->texts))
                return refuse("members");
        for (int64_t test = 0; test < one.tests; test++, members += 2)
            if (!within(*members, bins->cut_count + bins->value_count))
                return refuse("members");
        left -= one.names + 2 * one.tests;
        words -= one.places * size_of(one);
        bins->width += one.width;
    }
    return left || words ? refuse("projections") : true;
}

static bool check_bins(Bins *bins)
{
    const Cut *cuts = bins->cuts.buf;
    const Value *values = bins->values.buf;
    const Items tables[] = {
        {"borders", &bins->borders, sizeof(float)},   {"cuts", &bins->cuts, sizeof(Cut)},
        {"values", &bins->values, sizeof(Value)},     {"members", &bins->members, sizeof(int32_t)},
        {"places", &bins->places, sizeof(int64_t)},   {"projections", &bins->projections, sizeof(Projection)},
    };
    if (!check_items(tables, sizeof tables / sizeof *tables))
        return false;
    if (!within(bins->numbers, INT32_MAX) || !within(bins->texts, INT32_MAX) || bins->numbers + bins->texts < 1)
        return refuse("columns");
    bins->cut_count = bins->cuts.len / (Py_ssize_t)sizeof(Cut);
    bins->value_count = bins->values.len / (Py_ssize_t)sizeof(Value);
    bins->projection_count = bins->projections.len / (Py_ssize_t)sizeof(Projection);
    bins->width = bins->cut_count + bins->value_count;
    const float *borders = bins->borders.buf;
    for (const Cut *cut = cuts; cut < cuts + bins->cut_count; cut++) {
        if (!within(cut->column, bins->numbers) || !within(cut->end, bins->borders.len / 4 + 1)
            || !within(cut->start, (int64_t)cut->end + 1) || cut->end - cut->start > UINT8_MAX)
            return refuse("cuts");
        for (int32_t border = cut->start + 1; border < cut->end; border++)
            if (!(borders[border - 1] <= borders[border]))
                return refuse("borders");
    }
    for (const Value *value = values; value < values + bins->value_count; value++)
        if (!within(value->column, bins->texts))
            return refuse("values");
    return check_projections(bins);
}
