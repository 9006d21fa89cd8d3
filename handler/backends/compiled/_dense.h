/* Loops over columns of numbers: large batches of scaled, imputed and weighted columns. dense.py describes them; the
 * operations on lists give the same bits. A column is a writable buffer of float64. */

typedef struct {
    double high, low;
} Double;

typedef struct {
    Py_buffer *views;
    Py_ssize_t count, rows;
} Columns;

static Py_ssize_t length(const Py_buffer *column) { return column->len / (Py_ssize_t)sizeof(double); }

static PyObject *none(void)
{
    Py_IncRef(Py_None);
    return Py_None;
}

/* read(values, column): write a list of numbers, NaN for None; return how many came before the first other value. */
static PyObject *read_numbers(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *values;
    Py_buffer column;
    if (!PyArg_ParseTuple(arguments, "Ow*", &values, &column))
        return NULL;
    double *target = column.buf;
    Py_ssize_t count = PyList_Size(values), index = 0;
    for (; index < count && index < length(&column); index++) {
        PyObject *value = PyList_GetItem(values, index);
        target[index] = value == Py_None ? NAN : PyFloat_AsDouble(value);
        if (target[index] == -1.0 && PyErr_Occurred())
            break;
    }
    PyErr_Clear();
    PyBuffer_Release(&column);
    return PyLong_FromSsize_t(index);
}

/* translate(table, values, start, column): write the number of each value from the start on; return the index of the
 * first value that the table does not have, or their count. */
static PyObject *translate(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *table, *values;
    Py_ssize_t index;
    Py_buffer column;
    if (!PyArg_ParseTuple(arguments, "OOnw*", &table, &values, &index, &column))
        return NULL;
    double *target = column.buf;
    Py_ssize_t count = PyList_Size(values);
    for (; index >= 0 && index < count && index < length(&column); index++) {
        PyObject *found = PyDict_GetItemWithError(table, PyList_GetItem(values, index));
        if (!found)
            break;
        target[index] = PyFloat_AsDouble(found);
    }
    PyErr_Clear();
    PyBuffer_Release(&column);
    return PyLong_FromSsize_t(index);
}

/* refused(column, missing, limit): return the first number beyond the limit, or missing and not allowed to be; or -1. */
static PyObject *refused(PyObject *module, PyObject *arguments)
{
    (void)module;
    Py_buffer column;
    int missing;
    double limit;
    if (!PyArg_ParseTuple(arguments, "y*pd", &column, &missing, &limit))
        return NULL;
    const double *values = column.buf;
    Py_ssize_t count = length(&column), index = 0;
    if (missing)
        while (index < count && !(fabs(values[index]) > limit))
            index++;
    else
        while (index < count && fabs(values[index]) <= limit)
            index++;
    PyBuffer_Release(&column);
    return PyLong_FromSsize_t(index < count ? index : -1);
}

/* A function that changes each number of a column: name(column, a, b). */
#define CHANGE(name, changed)                                                                                          \
    static PyObject *name(PyObject *module, PyObject *arguments)                                                       \
    {                                                                                                                  \
        (void)module;                                                                                                  \
        Py_buffer column;                                                                                              \
        double a = 0.0, b = 0.0;                                                                                       \
        if (!PyArg_ParseTuple(arguments, "w*|dd", &column, &a, &b))                                                    \
            return NULL;                                                                                               \
        double *values = column.buf;                                                                                   \
        for (Py_ssize_t index = 0; index < length(&column); index++) {                                                 \
            double value = values[index];                                                                              \
            values[index] = changed;                                                                                   \
        }                                                                                                              \
        PyBuffer_Release(&column);                                                                                     \
        return none();                                                                                                 \
    }

CHANGE(fill, (isnan(a) ? isnan(value) : value == a) ? b : value)
CHANGE(narrow, ((void)a, (void)b, (float)value))
CHANGE(standardize, (value - a) / b)
CHANGE(stretch, value * a + b)

static void release(Columns *columns)
{
    for (Py_ssize_t index = 0; index < columns->count; index++)
        PyBuffer_Release(&columns->views[index]);
    free(columns->views);
}

/* Get the buffers of a list of columns of the same length. */
static bool acquire(PyObject *list, int flags, Columns *columns)
{
    Py_ssize_t count = PyList_Size(list);
    if (count < 0)
        return false;
    columns->views = calloc((size_t)count + 1, sizeof(Py_buffer));
    if (!columns->views) {
        PyErr_NoMemory();
        return false;
    }
    for (; columns->count < count; columns->count++) {
        Py_buffer *view = &columns->views[columns->count];
        if (PyObject_GetBuffer(PyList_GetItem(list, columns->count), view, flags) < 0)
            return false;
        if (!columns->count)
            columns->rows = length(view);
        if (length(view) != columns->rows) {
            PyErr_Format(PyExc_ValueError, "a column of %zd numbers instead of %zd", length(view), columns->rows);
            PyBuffer_Release(view);
            return false;
        }
    }
    return true;
}

/* Knuth's sum of two numbers with its error (Ogita, Rump and Oishi, Accurate sum and dot product, algorithm 3.1). */
static Double two_sum(double a, double b)
{
    double high = a + b, part = high - a;
    return (Double){high, (a - (high - part)) + (b - part)};
}

/* Dekker's product of two numbers with its error (algorithm 3.3). */
static Double two_product(double a, double b)
{
    const double splitter = 134217729.0;
    double high = a * b, large = splitter * a, other = splitter * b;
    double a1 = large - (large - a), a2 = a - a1, b1 = other - (other - b), b2 = b - b1;
    return (Double){high, a2 * b2 - (((high - a1 * b1) - a2 * b1) - a1 * b2)};
}

#define SPAN 256 /* rows whose sums fit the cache */

/* Add weighted columns with two errors kept, as math.sumprod does (algorithm 5.10 with K = 3). */
static void dot_exactly(const Columns *columns, const double *weights, double intercept, Py_ssize_t start,
                        Py_ssize_t rows, double *target)
{
    double high[SPAN] = {0}, low[SPAN] = {0}, tiny[SPAN] = {0};
    for (Py_ssize_t index = 0; index < columns->count; index++) {
        const double *values = (const double *)columns->views[index].buf + start, weight = weights[index];
        for (Py_ssize_t row = 0; row < rows; row++) {
            Double product = two_product(values[row], weight), sum = two_sum(high[row], product.high);
            Double first = two_sum(low[row], product.low), second = two_sum(first.high, sum.low);
            high[row] = sum.high;
            low[row] = second.high;
            tiny[row] += first.low + second.low;
        }
    }
    for (Py_ssize_t row = 0; row < rows; row++) {
        Double last = two_sum(low[row], high[row]);
        target[start + row] = tiny[row] + last.low + last.high + intercept;
    }
}

/* Add weighted columns one after the other. */
static void dot_plainly(const Columns *columns, const double *weights, double intercept, Py_ssize_t start,
                        Py_ssize_t rows, double *target)
{
    double total[SPAN] = {0};
    for (Py_ssize_t index = 0; index < columns->count; index++) {
        const double *values = (const double *)columns->views[index].buf + start, weight = weights[index];
        for (Py_ssize_t row = 0; row < rows; row++)
            total[row] += values[row] * weight;
    }
    for (Py_ssize_t row = 0; row < rows; row++)
        target[start + row] = total[row] + intercept;
}

/* dot(columns, weights, intercept, exact, target): write each row's weighted sum. */
static PyObject *dot(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *list;
    Py_buffer weights, target;
    Columns columns = {0};
    double intercept;
    int exact;
    if (!PyArg_ParseTuple(arguments, "Oy*dpw*", &list, &weights, &intercept, &exact, &target))
        return NULL;
    bool good = acquire(list, 0, &columns);
    Py_ssize_t rows = columns.rows;
    if (good && (length(&weights) != columns.count || length(&target) != rows)) {
        good = false;
        PyErr_Format(PyExc_ValueError, "%zd weights for %zd columns", length(&weights), columns.count);
    }
    for (Py_ssize_t start = 0; good && start < rows; start += SPAN)
        (exact ? dot_exactly : dot_plainly)(&columns, weights.buf, intercept, start,
                                            rows - start < SPAN ? rows - start : SPAN, target.buf);
    release(&columns);
    PyBuffer_Release(&weights);
    PyBuffer_Release(&target);
    return good ? none() : NULL;
}

/* spread(codes, one, columns): write a number into each row, in the column of the row's code; no column is -1. */
static PyObject *spread(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *list;
    Py_buffer codes;
    Columns columns = {0};
    double one;
    if (!PyArg_ParseTuple(arguments, "y*dO", &codes, &one, &list))
        return NULL;
    bool good = acquire(list, PyBUF_WRITABLE, &columns);
    const double *values = codes.buf;
    for (Py_ssize_t row = 0; good && row < columns.rows && row < length(&codes); row++)
        if (values[row] >= 0.0 && values[row] < (double)columns.count)
            ((double *)columns.views[(Py_ssize_t)values[row]].buf)[row] = one;
    release(&columns);
    PyBuffer_Release(&codes);
    return good ? none() : NULL;
}

/* highest(columns): return the number of each row's column with the greatest value; NaN is the greatest. */
static PyObject *highest(PyObject *module, PyObject *list)
{
    (void)module;
    Columns columns = {0};
    PyObject *made = acquire(list, 0, &columns) ? PyList_New(columns.rows) : NULL;
    for (Py_ssize_t row = 0; made && row < columns.rows; row++) {
        Py_ssize_t best = 0;
        double most = ((const double *)columns.views[0].buf)[row];
        for (Py_ssize_t index = 1; index < columns.count && !isnan(most); index++) {
            double value = ((const double *)columns.views[index].buf)[row];
            if (value > most || isnan(value)) {
                most = value;
                best = index;
            }
        }
        PyObject *number = PyLong_FromSsize_t(best);
        if (!number || PyList_SetItem(made, row, number) < 0) {
            Py_DecRef(made);
            made = NULL;
        }
    }
    release(&columns);
    return made;
}
