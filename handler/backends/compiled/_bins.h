/* Replace numbers and category names by bytes, the bins that CatBoost's trees test; catboost.py describes the tables. */

#include "_bins_tables.h"
#include "_city.h"

#define NOTHING (-1)                   /* the hash in an empty place */
#define COMBINED 0x4906ba494954cb65ULL /* the multiplier of CatBoost's hash of several numbers */
#define TOGETHER 128                   /* rows that are looked up together, so that the steps of one overlap another's */

static const char BINS[] = "bins";

/* Some of the projections, what belongs to them, and their first column of bins. */
typedef struct {
    const Projection *projections;
    const int32_t *members;
    const int64_t *places;
    Py_ssize_t column, size;
} Group;

/* Write the number of borders below each of up to TOGETHER numbers. All searches halve together and without branches,
 * which would be unpredictable. */
static inline __attribute__((always_inline)) void cut_rows(const float *borders, Cut cut, const double *values,
                                                           Py_ssize_t count, uint8_t *target)
{
    float numbers[TOGETHER];
    int32_t places[TOGETHER], borders_left = cut.end - cut.start;
    borders += cut.start;
    for (Py_ssize_t row = 0; row < count; row++) {
        numbers[row] = (float)values[row];
        places[row] = 0;
    }
    for (int32_t left = borders_left; left > 1; left -= left / 2)
        for (Py_ssize_t row = 0; row < count; row++)
            places[row] += -(int32_t)(borders[places[row] + left / 2 - 1] < numbers[row]) & (left / 2);
    for (Py_ssize_t row = 0; row < count; row++) {
        bool missing = isnan(numbers[row]) && cut.high;
        target[row] = (uint8_t)(missing || !borders_left ? borders_left : places[row] + (borders[places[row]] < numbers[row]));
    }
}

/* The bins of a hash, or those in the empty place where it would be. Most hashes lie in their first place or the one
 * after it, between which nothing branches. */
static inline __attribute__((always_inline)) const uint8_t *bins_of_hash(const int64_t *places, int64_t count,
                                                                         int64_t size, int64_t hash)
{
    int64_t place = hash & (count - 1), next = (place + 1) & (count - 1);
    const int64_t *first = places + place * size, *second = places + next * size;
    int64_t passed = -(int64_t)((*first != hash) & (*first != NOTHING));
    __asm__("" : "+r"(passed));
    if (__builtin_expect(passed & (*second != hash) & (*second != NOTHING), 0))
        for (int64_t tried = 2; tried < count && *second != hash && *second != NOTHING; tried++) {
            next = (next + 1) & (count - 1);
            second = places + next * size;
        }
    return (const uint8_t *)(first + (passed & (second - first)) + 1);
}

/* Hash `count` rows from `start` on: the names of their categories, and whether bins pass tests.
 * A number n is added to a hash h as COMBINED * (h + COMBINED * n). */
static inline __attribute__((always_inline)) void hash_rows(Projection one, const int32_t *members, const int32_t *names, const uint8_t *found,
                      Py_ssize_t stride, Py_ssize_t start, Py_ssize_t count, uint64_t *hashes)
{
    for (Py_ssize_t row = 0; row < count; row++)
        hashes[row] = 0;
    for (int64_t name = 0; name < one.names; name++) {
        const int32_t *column = names + members[name] * stride + start;
        for (Py_ssize_t row = 0; row < count; row++)
            hashes[row] = COMBINED * hashes[row] + COMBINED * COMBINED * (uint64_t)(int64_t)column[row];
    }
    for (int64_t test = 0; test < one.tests; test++) {
        const uint8_t *column = found + members[one.names + 2 * test] * stride + start;
        int32_t least = members[one.names + 2 * test + 1];
        for (Py_ssize_t row = 0; row < count; row++)
            hashes[row] = COMBINED * hashes[row] + (COMBINED * COMBINED & -(uint64_t)(column[row] >= least));
    }
}

/* Write the columns of bins of some projections for `count` rows from `start` on: first hash them all, so that their
 * places are on the way from memory meanwhile, then look them up. */
static void look_up(const Group *group, const int32_t *names, uint8_t *found, Py_ssize_t stride, Py_ssize_t start,
                    Py_ssize_t count)
{
    const Projection *one = group->projections, *end = one + group->size;
    const int32_t *members = group->members;
    const int64_t *places = group->places;
    uint8_t *target = found + group->column * stride + start;
    uint64_t hashes[TOGETHER], *own = hashes;
    for (; one < end; members += one->names + 2 * one->tests, places += one->places * size_of(*one), own += count, one++) {
        if (count == 1) /* a constant, for which the compiler makes no loop */
            hash_rows(*one, members, names, found, stride, start, 1, own);
        else
            hash_rows(*one, members, names, found, stride, start, count, own);
        for (Py_ssize_t row = 0; row < count && group->size > 1; row++)
            __builtin_prefetch(places + ((int64_t)own[row] & (one->places - 1)) * size_of(*one));
    }
    places = group->places, own = hashes;
    for (one = group->projections; one < end; places += one->places * size_of(*one), own += count, one++) {
        const int64_t room = one->places, size = size_of(*one), width = one->width;
        for (Py_ssize_t row = 0; row < count && width == 1; row++)
            target[row] = *bins_of_hash(places, room, 2, (int64_t)own[row]);
        for (Py_ssize_t row = 0; row < count && width > 1; row++) {
            const uint8_t *known = bins_of_hash(places, room, size, (int64_t)own[row]);
            for (int64_t column = 0; column < width; column++)
                target[column * stride + row] = known[column];
        }
        target += one->width * stride;
    }
}

/* Write the columns of bins of the projections behind those that they test: of one after the other for many rows, of
 * many together for a few. */
static void project(const Bins *bins, const int32_t *names, uint8_t *found, Py_ssize_t count)
{
    Group group = {bins->projections.buf, bins->members.buf, bins->places.buf, bins->cut_count + bins->value_count, 0};
    Py_ssize_t rows = count < TOGETHER ? count : TOGETHER;
    for (Py_ssize_t left = count ? bins->projection_count : 0; left; left -= group.size) {
        group.size = left < TOGETHER / rows ? left : TOGETHER / rows;
        for (Py_ssize_t start = 0; start < count; start += rows)
            look_up(&group, names, found, count, start, count - start < rows ? count - start : rows);
        for (Py_ssize_t done = 0; done < group.size; done++, group.projections++) {
            group.members += group.projections->names + 2 * group.projections->tests;
            group.places += group.projections->places * size_of(*group.projections);
            group.column += group.projections->width;
        }
    }
}

/* Write the bins of `count` rows, column after column. */
static void bin_all(const Bins *bins, const double *numbers, const int32_t *names, uint8_t *found, Py_ssize_t count)
{
    const Cut *cuts = bins->cuts.buf;
    const Value *values = bins->values.buf;
    uint8_t *target = found;
    for (const Cut *cut = cuts; cut < cuts + bins->cut_count; cut++, target += count)
        for (Py_ssize_t row = 0; row < count; row += TOGETHER) {
            if (count == 1) { /* a constant, for which the compiler makes no loop */
                cut_rows(bins->borders.buf, *cut, numbers + cut->column, 1, target);
                break;
            }
            Py_ssize_t here = count - row < TOGETHER ? count - row : TOGETHER;
            cut_rows(bins->borders.buf, *cut, numbers + cut->column * count + row, here, target + row);
        }
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

static void unload_bins(PyObject *capsule) { free_bins(PyCapsule_GetPointer(capsule, BINS)); }

static PyObject *load_bins(PyObject *module, PyObject *arguments)
{
    (void)module;
    Bins *bins = calloc(1, sizeof *bins);
    if (!bins)
        return PyErr_NoMemory();
    if (!PyArg_ParseTuple(arguments, "nny*y*y*y*y*y*", &bins->numbers, &bins->texts, &bins->borders, &bins->cuts,
                          &bins->values, &bins->members, &bins->projections, &bins->places)) {
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
    PyObject *capsule, *given, *columns = NULL, *made = NULL;
    double *numbers = NULL;
    int32_t *names = NULL;
    char *found;
    Py_ssize_t size;
    Bins *bins = NULL;
    if (!PyArg_ParseTuple(arguments, "OO", &capsule, &given) || !(bins = PyCapsule_GetPointer(capsule, BINS))
        || !(columns = PySequence_Tuple(given)))
        goto done;
    if (PyTuple_Size(columns) != bins->numbers + bins->texts) {
        PyErr_Format(PyExc_ValueError, "%zd columns instead of %zd", PyTuple_Size(columns), bins->numbers + bins->texts);
        goto done;
    }
    Py_ssize_t count = count_items(PyTuple_GetItem(columns, 0));
    if (count < 0)
        goto done;
    numbers = calloc((size_t)count + 1, ((size_t)bins->numbers + 1) * sizeof *numbers);
    names = calloc((size_t)count + 1, ((size_t)bins->texts + 1) * sizeof *names);
    if (!numbers || !names || bins->width > INT64_MAX / (count + 1)) {
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
    made = PyBytes_FromStringAndSize(NULL, count * bins->width);
    if (made && PyBytes_AsStringAndSize(made, &found, &size) == 0)
        bin_all(bins, numbers, names, (uint8_t *)found, count);
done:
    free(numbers);
    free(names);
    Py_DecRef(columns);
    return made;
}
