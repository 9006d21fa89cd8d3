/* Read the rows of a batch, in any of the forms that Python gives, into the memory that trees are walked in. */

#define FEW_NUMBERS 16 /* fewer are not worth asking whether they are an array */

/* Return a number as a view shows it; a category becomes its bit number in a set. */
static double viewed(double value, int32_t flags)
{
    if (flags & ZERO_MISSING && fabs(value) <= NEARLY_ZERO)
        value = NAN;
    if (flags & MISSING_ZERO && isnan(value))
        value = 0.0;
    if (flags & CATEGORIES)
        return isnan(value) ? 0.0 : value >= 0.0 && value < BEYOND ? (double)((int64_t)value + 1) : BEYOND;
    return flags & MISSING_LEFT && isnan(value) ? -INFINITY : value;
}

/* The length of a sequence; -1 if it is none. */
static Py_ssize_t count_items(PyObject *sequence)
{
    Py_ssize_t count = PyList_Size(sequence);
    if (count >= 0)
        return count;
    PyErr_Clear();
    PyObject *values = PySequence_Tuple(sequence);
    count = values ? PyTuple_Size(values) : -1;
    Py_DecRef(values);
    return count;
}

/* Write `count` numbers of an array of float64, `stride` apart; false if it is none. */
static bool copy_array(PyObject *array, Py_ssize_t count, double *target, Py_ssize_t stride)
{
    Py_buffer view;
    if (count < FEW_NUMBERS || PyObject_GetBuffer(array, &view, PyBUF_FORMAT) < 0) {
        PyErr_Clear();
        return false;
    }
    bool good = view.format && !strcmp(view.format, "d") && view.len == count * (Py_ssize_t)sizeof(double);
    for (Py_ssize_t index = 0; good && index < count; index++)
        target[index * stride] = ((const double *)view.buf)[index];
    PyBuffer_Release(&view);
    return good;
}

/* Write `count` numbers of a sequence, `stride` apart. */
static bool unpack(PyObject *sequence, Py_ssize_t count, double *target, Py_ssize_t stride)
{
    if (count == 1 && (PyList_Size(sequence) == 1 || (PyErr_Clear(), false))) { /* one row of columns */
        *target = PyFloat_AsDouble(PyList_GetItem(sequence, 0));
        return *target != -1.0 || !PyErr_Occurred();
    }
    if (copy_array(sequence, count, target, stride))
        return true;
    PyObject *values = PySequence_Tuple(sequence);
    if (!values)
        return false;
    bool good = PyTuple_Size(values) == count;
    if (!good)
        PyErr_Format(PyExc_ValueError, "%zd numbers instead of %zd", PyTuple_Size(values), count);
    for (Py_ssize_t index = 0; good && index < count; index++) {
        double value = PyFloat_AsDouble(PyTuple_GetItem(values, index));
        target[index * stride] = value;
        good = value != -1.0 || !PyErr_Occurred();
    }
    Py_DecRef(values);
    return good;
}

/* Return where a row's first number belongs, and how far apart its numbers are: groups of LANES rows are interleaved,
 * the remaining rows follow one by one. */
static double *place(const Trees *trees, double *target, Py_ssize_t row, Py_ssize_t count, Py_ssize_t *stride)
{
    Py_ssize_t grouped = count - count % LANES, lane = row < grouped ? row % LANES : 0;
    *stride = row < grouped ? LANES : 1;
    return target + (row - lane) * trees->row_width + lane;
}

static void add_views(const Trees *trees, double *own, Py_ssize_t stride)
{
    for (Py_ssize_t view = 0; view < trees->view_count; view++) {
        View seen = views_of(trees)[view];
        own[(trees->columns + view) * stride] = viewed(own[seen.column * stride], seen.flags);
    }
}

/* Write rows with their views. */
static bool unpack_rows(const Trees *trees, PyObject *rows, Py_ssize_t count, double *target)
{
    for (Py_ssize_t row = 0, stride; row < count; row++) {
        double *own = place(trees, target, row, count, &stride);
        if (!unpack(PyTuple_GetItem(rows, row), trees->columns, own, stride))
            return false;
        add_views(trees, own, stride);
    }
    return true;
}

/* Write the rows of columns with their views. */
static bool unpack_columns(const Trees *trees, const Columns *columns, Py_ssize_t count, double *target)
{
    if (columns->count != trees->columns) {
        PyErr_Format(PyExc_ValueError, "%zd columns instead of %zd", columns->count, trees->columns);
        return false;
    }
    for (Py_ssize_t row = 0, stride; row < count; row++) {
        double *own = place(trees, target, row, count, &stride);
        for (Py_ssize_t column = 0; column < columns->count; column++)
            own[column * stride] = ((const double *)columns->views[column].buf)[row];
        add_views(trees, own, stride);
    }
    return true;
}

/* Write fewer than LANES rows of columns that are sequences, rounded to float32 if `narrow`, with their views. */
static bool unpack_few(const Trees *trees, PyObject *columns, Py_ssize_t count, bool narrow, double *target)
{
    if (PyTuple_Size(columns) != trees->columns || count >= LANES) {
        PyErr_Format(PyExc_ValueError, "%zd columns of %zd numbers", PyTuple_Size(columns), count);
        return false;
    }
    for (Py_ssize_t column = 0; column < trees->columns; column++)
        if (!unpack(PyTuple_GetItem(columns, column), count, target + column, trees->row_width))
            return false;
    for (Py_ssize_t row = 0; row < count; row++, target += trees->row_width) {
        for (Py_ssize_t column = 0; narrow && column < trees->columns; column++)
            target[column] = (float)target[column];
        add_views(trees, target, 1);
    }
    return true;
}
