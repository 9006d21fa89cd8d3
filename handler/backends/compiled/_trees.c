/* Evaluate sums of decision trees for many rows at once. trees.py describes the tables; the evaluator in Python gives
 * the same bits. */

#include "abi3.h"

#include "_trees_tables.h"
#include "_avx2.h"
#include "_trees_walks.h"

#define LONG (1 << 14) /* from this number of walks on, the call releases the GIL */
#define NEARLY_ZERO 1.0000000180025095e-35
#define BEYOND 2147483648.0

static const char NAME[] = "trees";

#include "_dense.h"
#include "_text.h"
#include "_rows.h"

static void unload(PyObject *capsule) { free_trees(PyCapsule_GetPointer(capsule, NAME)); }

static PyObject *load(PyObject *module, PyObject *arguments)
{
    (void)module;
    Trees *trees = calloc(1, sizeof *trees);
    if (!trees)
        return PyErr_NoMemory();
    if (!PyArg_ParseTuple(arguments, "y*y*y*y*nny*y*p", &trees->starts, &trees->outputs, &trees->nodes, &trees->values,
                          &trees->columns, &trees->width, &trees->views, &trees->sets, &trees->float32)) {
        free(trees);
        return NULL;
    }
    PyObject *capsule = check_shapes(trees) && check_nodes(trees) ? PyCapsule_New(trees, NAME, unload) : NULL;
    if (!capsule)
        free_trees(trees);
    return capsule;
}

/* Return the totals as a list of columns. */
static PyObject *listed(const double *totals, Py_ssize_t count, Py_ssize_t output_width)
{
    PyObject *columns = PyList_New(output_width);
    for (Py_ssize_t out = 0; columns && out < output_width; out++) {
        PyObject *column = PyList_New(count);
        if (!column || PyList_SetItem(columns, out, column) < 0)
            goto failed;
        for (Py_ssize_t row = 0; row < count; row++) {
            PyObject *value = PyFloat_FromDouble(totals[row * output_width + out]);
            if (!value || PyList_SetItem(column, row, value) < 0)
                goto failed;
        }
    }
    return columns;
failed:
    Py_DecRef(columns);
    return NULL;
}

#include "_bins.h"
#include "_symmetric.h"
#include "_explain_tables.h"
#include "_explain.h"
#include "_ranks.h"
#include "_sweep.h"
#include "_threads.h"
#include "_one_row.h"

enum Form { BY_ROW, ARRAYS, FEW_COLUMNS };

/* Add the leaves of rows in one of three forms to the columns that the sums start with. */
static PyObject *add_given(PyObject *arguments, enum Form form)
{
    PyObject *capsule, *given, *started, *made = NULL, *items = NULL, *bases = NULL;
    double *numbers = NULL, *totals = NULL;
    Columns columns = {0};
    Trees *trees = NULL;
    int option = 0; /* of few columns, whether to round them; of arrays, how many threads are allowed */
    if (!PyArg_ParseTuple(arguments, form == FEW_COLUMNS ? "OOOp" : form == ARRAYS ? "OOOi" : "OOO", &capsule, &given,
                          &started, &option)
        || !(trees = PyCapsule_GetPointer(capsule, NAME)) || !(bases = PySequence_Tuple(started)))
        goto done;
    if (!(form == ARRAYS ? acquire(given, 0, &columns) : (items = PySequence_Tuple(given)) != NULL))
        goto done;
    Py_ssize_t count = form == ARRAYS ? columns.rows : PyTuple_Size(items), output_width = PyTuple_Size(bases);
    if (form == FEW_COLUMNS && count)
        count = count_items(PyTuple_GetItem(items, 0));
    if (count < 0)
        goto done;
    if (output_width < trees->output_width) {
        PyErr_Format(PyExc_ValueError, "trees add to %zd columns, but there are %zd", trees->output_width, output_width);
        goto done;
    }
    bool swept = form == ARRAYS && columns.count == trees->columns && plan_sweep(trees, count);
    int threads = swept ? plan_threads(trees, count, option) : 1;
    numbers = calloc(swept ? (size_t)threads : (size_t)count + 1,
                     swept ? room_of(trees->ranks) : (size_t)trees->row_width * sizeof *numbers);
    totals = calloc((size_t)count + 1, ((size_t)output_width + 1) * sizeof *totals);
    if (!numbers || !totals) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t out = 0; out < output_width; out++)
        if (!unpack(PyTuple_GetItem(bases, out), count, totals + out, output_width))
            goto done;
    if (!(form == BY_ROW ? unpack_rows(trees, items, count, numbers)
          : form == FEW_COLUMNS ? unpack_few(trees, items, count, option, numbers)
                                : swept || unpack_columns(trees, &columns, count, numbers)))
        goto done;
    if (trees->float32)
        for (Py_ssize_t index = 0; index < count * output_width; index++)
            totals[index] = (float)totals[index];
    if (swept) {
        Py_BEGIN_ALLOW_THREADS
        sweep_shared(trees, &columns, count, totals, output_width, threads, (char *)numbers);
        Py_END_ALLOW_THREADS
    } else if (count < LANES && plan_rows(trees, count)) {
        sweep_rows(trees, numbers, count, totals, output_width);
    } else if (count * trees->tree_count >= LONG) {
        Py_BEGIN_ALLOW_THREADS
        add_all(trees, numbers, count, totals, output_width);
        Py_END_ALLOW_THREADS
    } else {
        add_all(trees, numbers, count, totals, output_width);
    }
    made = listed(totals, count, output_width);
done:
    release(&columns);
    free(numbers);
    free(totals);
    Py_DecRef(items);
    Py_DecRef(bases);
    return made;
}

static PyObject *add(PyObject *module, PyObject *arguments)
{
    (void)module;
    return add_given(arguments, BY_ROW);
}

static PyObject *add_columns(PyObject *module, PyObject *arguments)
{
    (void)module;
    return add_given(arguments, ARRAYS);
}

static PyObject *add_few(PyObject *module, PyObject *arguments)
{
    (void)module;
    return add_given(arguments, FEW_COLUMNS);
}

static PyMethodDef methods[] = {
    {"load", load, METH_VARARGS, "Check the tables of trees.sums and return a handle of them."},
    {"add", add, METH_VARARGS, "Add the leaves of rows to columns, and return the sums."},
    {"add_columns", add_columns, METH_VARARGS, "Do the same with rows that are given as columns, arrays, in some threads."},
    {"add_few", add_few, METH_VARARGS, "Do the same with fewer than eight rows that are given as columns, sequences."},
    {"load_bins", load_bins, METH_VARARGS, "Check the tables of catboost.bins and return a handle of them."},
    {"bin", bin, METH_VARARGS, "Return the bins of columns of numbers and names."},
    {"load_symmetric", load_symmetric, METH_VARARGS, "Check the tables of catboost.sums and return a handle of them."},
    {"add_symmetric", add_symmetric, METH_VARARGS, "Return the sums of the leaves of columns of bins."},
    {"load_explained", load_explained, METH_VARARGS, "Check the tables of trees and of their covers and return a handle of them."},
    {"means", means, METH_VARARGS, "Return the mean of each sum over the training rows."},
    {"explain", explain, METH_VARARGS, "Return the contributions of each player to each sum, as columns."},
    {"dot", dot, METH_VARARGS, "Write the weighted sum of each row of columns."},
    {"fill", fill, METH_VARARGS, "Replace a column's missing values."},
    {"highest", highest, METH_O, "Return the number of each row's column with the greatest value."},
    {"translate", translate, METH_VARARGS, "Write the number of each value in a table."},
    {"load_terms", load_terms, METH_O, "Return a handle of the terms of a text model."},
    {"sum_terms", sum_terms, METH_VARARGS, "Write weighted sums over the terms of texts."},
    {"narrow", narrow, METH_VARARGS, "Round a column to float32."},
    {"read", read_numbers, METH_VARARGS, "Write a list of numbers, NaN for None."},
    {"refused", refused, METH_VARARGS, "Return the index of the first number that a model refuses, or -1."},
    {"spread", spread, METH_VARARGS, "Write a number into each row, in the column of the row's code."},
    {"standardize", standardize, METH_VARARGS, "Subtract a mean from a column and divide by a scale."},
    {"stretch", stretch, METH_VARARGS, "Multiply a column by a factor and add an offset."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef module = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_trees",
    .m_doc = "Decision trees and sums of them.",
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__trees(void) { return PyModuleDef_Init(&module); }
