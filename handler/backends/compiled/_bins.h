/* Replace numbers and category names by bytes, the bins that CatBoost's trees test; catboost.py describes the tables. */

#include "_city.h"

#define COMBINED 0x4906ba494954cb65ULL /* the multiplier of CatBoost's hash of several numbers */

static const char BINS[] = "bins";

typedef struct {
    int32_t column, start, end, high;
} Cut;

typedef struct {
    int32_t column, hash;
} Value;

typedef struct {
    int64_t names, tests, hashes, width;
} Projection;

_Static_assert(sizeof(Cut) == 16 && sizeof(Value) == 8 && sizeof(Projection) == 32, "items lie without gaps");

typedef struct {
    Py_buffer borders, cuts, values, members, projections, hashes, outcomes;
    Py_ssize_t numbers, texts; /* columns of either kind, numbers first */
    Py_ssize_t cut_count, value_count, projection_count;
    Py_ssize_t width; /* columns of bins */
} Bins;

static void free_bins(Bins *bins)
{
    Py_buffer *tables[] = {&bins->borders,     &bins->cuts,   &bins->values,  &bins->members,
                           &bins->projections, &bins->hashes, &bins->outcomes};
    for (size_t index = 0; index < sizeof tables / sizeof *tables; index++)
        PyBuffer_Release(tables[index]);
    free(bins);
}

static bool within(int64_t number, int64_t limit) { return number >= 0 && number < limit; }

/* Whether the projections use up their tables, and their members are columns. */
static bool check_projections(Bins *bins)
{
    const Projection *projections = bins->projections.buf;
    const int32_t *members = bins->members.buf;
    int64_t left = bins->members.len / 4, hashes = bins->hashes.len / 8, outcomes = bins->outcomes.len;
    for (Py_ssize_t index = 0; index < bins->projection_count; index++) {
        Projection one = projections[index];
        if (!within(one.names, left + 1) || !within(one.tests, (left - one.names) / 2 + 1)
            || !within(one.hashes, hashes + 1) || !within(one.width, outcomes + 1) || !one.width
            || one.hashes + 1 > outcomes / one.width)
            return refuse("projections");
        for (int64_t name = 0; name < one.names; name++)
            if (!within(*members++, bins->texts))
                return refuse("members");
        for (int64_t test = 0; test < one.tests; test++, members += 2)
            if (!within(*members, bins->cut_count + bins->value_count))
                return refuse("members");
        left -= one.names + 2 * one.tests;
        hashes -= one.hashes;
        outcomes -= (one.hashes + 1) * one.width;
        bins->width += one.width;
    }
    return left || hashes || outcomes ? refuse("projections") : true;
}

static bool check_bins(Bins *bins)
{
    const Cut *cuts = bins->cuts.buf;
    const Value *values = bins->values.buf;
    const Items tables[] = {
        {"borders", &bins->borders, sizeof(float)},   {"cuts", &bins->cuts, sizeof(Cut)},
        {"values", &bins->values, sizeof(Value)},     {"members", &bins->members, sizeof(int32_t)},
        {"hashes", &bins->hashes, sizeof(int64_t)},   {"projections", &bins->projections, sizeof(Projection)},
    };
    if (!check_items(tables, sizeof tables / sizeof *tables))
        return false;
    if (!within(bins->numbers, INT32_MAX) || !within(bins->texts, INT32_MAX) || bins->numbers + bins->texts < 1)
        return refuse("columns");
    bins->cut_count = bins->cuts.len / (Py_ssize_t)sizeof(Cut);
    bins->value_count = bins->values.len / (Py_ssize_t)sizeof(Value);
    bins->projection_count = bins->projections.len / (Py_ssize_t)sizeof(Projection);
    bins->width = bins->cut_count + bins->value_count;
    for (const Cut *cut = cuts; cut < cuts + bins->cut_count; cut++)
        if (!within(cut->column, bins->numbers) || !within(cut->end, bins->borders.len / 4 + 1)
            || !within(cut->start, (int64_t)cut->end + 1) || cut->end - cut->start > UINT8_MAX)
            return refuse("cuts");
    for (const Value *value = values; value < values + bins->value_count; value++)
        if (!within(value->column, bins->texts))
            return refuse("values");
    return check_projections(bins);
}

/* The number of borders below a number. */
static uint8_t bin_of(const float *borders, Cut cut, double value)
{
    if (isnan(value))
        return cut.high ? (uint8_t)(cut.end - cut.start) : 0;
    float number = (float)value;
    int32_t low = cut.start, high = cut.end;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (borders[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint8_t)(low - cut.start);
}

/* The place of a hash among ascending ones, or their number if it is not there. */
static int64_t place_among(const int64_t *hashes, int64_t count, int64_t hash)
{
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (hashes[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && hashes[low] == hash ? low : count;
}

static uint64_t combined(uint64_t hash, uint64_t next) { return COMBINED * (hash + COMBINED * next); }

/* Write the columns of bins of the projections behind those that they test. */
static void project(const Bins *bins, const int32_t *names, uint8_t *found, Py_ssize_t count)
{
    const Projection *projections = bins->projections.buf;
    const int32_t *members = bins->members.buf;
    const int64_t *hashes = bins->hashes.buf;
    const uint8_t *outcomes = bins->outcomes.buf;
    uint8_t *target = found + (bins->cut_count + bins->value_count) * count;
    for (Py_ssize_t index = 0; index < bins->projection_count; index++) {
        Projection one = projections[index];
        const int32_t *tests = members + one.names;
        for (Py_ssize_t row = 0; row < count; row++) {
            uint64_t hash = 0;
            for (int64_t name = 0; name < one.names; name++)
                hash = combined(hash, (uint64_t)(int64_t)names[members[name] * count + row]);
            for (int64_t test = 0; test < one.tests; test++)
                hash = combined(hash, found[tests[2 * test] * count + row] >= tests[2 * test + 1]);
            const uint8_t *outcome = outcomes + place_among(hashes, one.hashes, (int64_t)hash) * one.width;
            for (int64_t column = 0; column < one.width; column++)
                target[column * count + row] = outcome[column];
        }
        target += one.width * count;
        members = tests + 2 * one.tests;
        hashes += one.hashes;
        outcomes += (one.hashes + 1) * one.width;
    }
}

/* Write the bins of `count` rows, column after column. */
static void bin_all(const Bins *bins, const double *numbers, const int32_t *names, uint8_t *found, Py_ssize_t count)
{
    const Cut *cuts = bins->cuts.buf;
    const Value *values = bins->values.buf;
    uint8_t *target = found;
    for (Py_ssize_t cut = 0; cut < bins->cut_count; cut++)
        for (Py_ssize_t row = 0; row < count; row++)
            *target++ = bin_of(bins->borders.buf, cuts[cut], numbers[cuts[cut].column * count + row]);
    for (Py_ssize_t value = 0; value < bins->value_count; value++)
        for (Py_ssize_t row = 0; row < count; row++)
            *target++ = names[values[value].column * count + row] == values[value].hash;
    project(bins, names, found, count);
}

/* Write the lower halves of the names' hashes. */
static bool hash_names(PyObject *column, Py_ssize_t count, int32_t *target)
{
    PyObject *names = PySequence_Tuple(column);
    if (!names)
        return false;
    bool good = PyTuple_Size(names) == count;
    if (!good)
        PyErr_Format(PyExc_ValueError, "%zd names instead of %zd", PyTuple_Size(names), count);
    for (Py_ssize_t row = 0; good && row < count; row++) {
        Py_ssize_t length;
        const char *name = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(names, row), &length);
        good = name;
        target[row] = name ? (int32_t)city(name, (size_t)length) : 0;
    }
    Py_DecRef(names);
    return good;
}

static PyObject *bytes_of(const uint8_t *found, Py_ssize_t count, Py_ssize_t width)
{
    PyObject *columns = PyList_New(width);
    for (Py_ssize_t index = 0; columns && index < width; index++) {
        PyObject *column = PyBytes_FromStringAndSize((const char *)found + index * count, count);
        if (!column || PyList_SetItem(columns, index, column) < 0) {
            Py_DecRef(columns);
            return NULL;
        }
    }
    return columns;
}

static void unload_bins(PyObject *capsule) { free_bins(PyCapsule_GetPointer(capsule, BINS)); }

static PyObject *load_bins(PyObject *module, PyObject *arguments)
{
    (void)module;
    Bins *bins = calloc(1, sizeof *bins);
    if (!bins)
        return PyErr_NoMemory();
    if (!PyArg_ParseTuple(arguments, "nny*y*y*y*y*y*y*", &bins->numbers, &bins->texts, &bins->borders, &bins->cuts,
                          &bins->values, &bins->members, &bins->projections, &bins->hashes, &bins->outcomes)) {
        free(bins);
        return NULL;
    }
    PyObject *capsule = check_bins(bins) ? PyCapsule_New(bins, BINS, unload_bins) : NULL;
    if (!capsule)
        free_bins(bins);
    return capsule;
}

static PyObject *bin(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *capsule, *given, *columns = NULL, *first = NULL, *made = NULL;
    double *numbers = NULL;
    int32_t *names = NULL;
    uint8_t *found = NULL;
    Bins *bins = NULL;
    if (!PyArg_ParseTuple(arguments, "OO", &capsule, &given) || !(bins = PyCapsule_GetPointer(capsule, BINS))
        || !(columns = PySequence_Tuple(given)))
        goto done;
    if (PyTuple_Size(columns) != bins->numbers + bins->texts) {
        PyErr_Format(PyExc_ValueError, "%zd columns instead of %zd", PyTuple_Size(columns), bins->numbers + bins->texts);
        goto done;
    }
    if (!(first = PySequence_Tuple(PyTuple_GetItem(columns, 0))))
        goto done;
    Py_ssize_t count = PyTuple_Size(first);
    numbers = calloc((size_t)count + 1, ((size_t)bins->numbers + 1) * sizeof *numbers);
    names = calloc((size_t)count + 1, ((size_t)bins->texts + 1) * sizeof *names);
    found = calloc((size_t)count + 1, (size_t)bins->width + 1);
    if (!numbers || !names || !found) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t column = 0; column < bins->numbers + bins->texts; column++) {
        PyObject *values = PyTuple_GetItem(columns, column);
        bool good = column < bins->numbers ? unpack(values, count, numbers + column * count, 1)
                                           : hash_names(values, count, names + (column - bins->numbers) * count);
        if (!good)
            goto done;
    }
    bin_all(bins, numbers, names, found, count);
    made = bytes_of(found, count, bins->width);
done:
    free(numbers);
    free(names);
    free(found);
    Py_DecRef(columns);
    Py_DecRef(first);
    return made;
}
