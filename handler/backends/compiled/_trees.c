/* What decision trees add up to, for many rows at once: trees.py says what the tables hold, and its own evaluator
 * gives the same bits. Tables are checked once, when they are loaded; after that no row can lead outside of them. */

#include "abi3.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(Py_ssize_t) == 8, "tables are counted in 64 bits");

enum { MISSING_LEFT = 1, ZERO_MISSING = 2, CATEGORIES = 4, MISSING_ZERO = 16 };

#define LANES 8         /* walks that go on at once: while one waits for memory, others step */
#define BLOCK (1 << 14) /* numbers of rows that are walked together, so that they stay near the processor */
#define LONG (1 << 14)  /* from so many walks on, other threads may run meanwhile */
#define NEARLY_ZERO 1.0000000180025095e-35
#define BEYOND 2147483648.0

typedef struct {
    double threshold;
    uint32_t right;
    int32_t column;
} Node;

typedef struct {
    int32_t column, flags;
} View;

/* The arguments of `load`, as trees.sums has them, and what follows from them. */
typedef struct {
    Py_buffer starts, outputs, nodes, values, views, sets;
    Py_ssize_t columns, width;
    int float32;
    Py_ssize_t trees, leaves, viewed; /* how many there are */
    Py_ssize_t extended;              /* columns with the views after them */
    Py_ssize_t outs;                  /* columns that leaves add to, at least */
    bool chosen;                      /* whether there are categories */
} Trees;

static const char NAME[] = "trees";

static const int64_t *starts_of(const Trees *trees) { return trees->starts.buf; }
static const int32_t *outputs_of(const Trees *trees) { return trees->outputs.buf; }
static const Node *nodes_of(const Trees *trees) { return trees->nodes.buf; }
static const View *views_of(const Trees *trees) { return trees->views.buf; }
static const int32_t *sets_of(const Trees *trees) { return trees->sets.buf; }

static Py_ssize_t words_of(const Trees *trees) { return trees->sets.len / (Py_ssize_t)sizeof(int32_t); }

/* Whether a column, views counted after the row's own, holds categories. */
static bool is_chosen(const Trees *trees, int32_t column)
{
    return column >= trees->columns && views_of(trees)[column - trees->columns].flags & CATEGORIES;
}

/* A leaf's place among the values: the low half of its threshold. */
static int32_t place_of(const Node *leaf)
{
    int32_t place;
    memcpy(&place, &leaf->threshold, sizeof place);
    return place;
}

/* ---- Checks ---- */

static bool refuse(const char *table)
{
    PyErr_Format(PyExc_ValueError, "%s do not fit the other tables", table);
    return false;
}

static bool check_shapes(Trees *trees)
{
    Py_ssize_t number = trees->float32 ? sizeof(float) : sizeof(double);
    const struct {
        const char *name;
        const Py_buffer *table;
        Py_ssize_t item;
    } tables[] = {
        {"starts", &trees->starts, sizeof(int64_t)}, {"outputs", &trees->outputs, sizeof(int32_t)},
        {"nodes", &trees->nodes, sizeof(Node)},      {"values", &trees->values, number},
        {"views", &trees->views, sizeof(View)},      {"sets", &trees->sets, sizeof(int32_t)},
    };
    for (size_t index = 0; index < sizeof tables / sizeof *tables; index++) {
        Py_ssize_t length = tables[index].table->len, item = tables[index].item;
        if (length % item || (length && (uintptr_t)tables[index].table->buf % (item < 8 ? item : 8)))
            return refuse(tables[index].name);
    }
    Py_ssize_t values = trees->values.len / number;
    trees->trees = trees->outputs.len / (Py_ssize_t)sizeof(int32_t);
    trees->viewed = trees->views.len / (Py_ssize_t)sizeof(View);
    trees->extended = trees->columns + trees->viewed;
    if (trees->starts.len / (Py_ssize_t)sizeof(int64_t) != trees->trees + 1)
        return refuse("starts");
    if (trees->columns < 1 || trees->columns > INT32_MAX || trees->viewed > INT32_MAX - trees->columns)
        return refuse("columns");
    if (trees->width < 1 || trees->width > INT32_MAX || values % trees->width)
        return refuse("values");
    trees->leaves = values / trees->width;
    for (Py_ssize_t view = 0; view < trees->viewed; view++) {
        if (views_of(trees)[view].column < 0 || views_of(trees)[view].column >= trees->columns)
            return refuse("views");
        trees->chosen |= (views_of(trees)[view].flags & CATEGORIES) != 0;
    }
    for (Py_ssize_t tree = 0; tree < trees->trees; tree++) {
        Py_ssize_t output = outputs_of(trees)[tree];
        if (output < 0)
            return refuse("outputs");
        trees->outs = output + trees->width > trees->outs ? output + trees->width : trees->outs;
    }
    return true;
}

/* A byte for each word of the sets, 1 where a set begins; NULL if they are no sets. The caller frees it. */
static char *begun_sets(const Trees *trees)
{
    const int32_t *sets = sets_of(trees);
    char *begun = calloc((size_t)words_of(trees) + 1, 1);
    if (!begun)
        PyErr_NoMemory();
    for (Py_ssize_t place = 0; begun && place < words_of(trees); place += 1 + sets[place]) {
        begun[place] = 1;
        if (sets[place] < 1 || sets[place] >= words_of(trees) - place) {
            refuse("sets");
            free(begun);
            return NULL;
        }
    }
    return begun;
}

/* Whether a node leads to nodes of its tree, or to a leaf's values, and looks at a column, or at a set. */
static bool fits(const Trees *trees, const Node *node, int64_t left, const char *begun)
{
    if (!node->right)
        return isnan(node->threshold) && place_of(node) >= 0 && place_of(node) < trees->leaves && !node->column;
    if (node->right < 2 || node->right >= left || node->column < 0 || node->column >= trees->extended)
        return false;
    if (!trees->chosen || !is_chosen(trees, node->column))
        return true;
    double place = node->threshold;
    return place >= 0 && place < (double)words_of(trees) && place == (double)(int64_t)place && begun[(int64_t)place];
}

static bool check_nodes(const Trees *trees)
{
    char *begun = begun_sets(trees);
    bool good = begun;
    int64_t count = trees->nodes.len / (Py_ssize_t)sizeof(Node);
    for (Py_ssize_t tree = 0; good && tree < trees->trees; tree++) {
        int64_t start = starts_of(trees)[tree], end = starts_of(trees)[tree + 1];
        if (start < 0 || end <= start || end > count)
            good = refuse("starts");
        for (int64_t node = start; good && node < end; node++) {
            good = fits(trees, nodes_of(trees) + node, end - node, begun);
            if (!good)
                PyErr_Format(PyExc_ValueError, "node %zd of tree %zd leads outside of them", node - start, tree);
        }
    }
    free(begun);
    return good;
}

/* ---- Rows ---- */

/* A number as some nodes see it; a category as its bit's number in a set. */
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

/* Write a sequence of `count` numbers, `stride` apart. */
static bool unpack(PyObject *sequence, Py_ssize_t count, double *target, Py_ssize_t stride)
{
    PyObject *values = PySequence_Tuple(sequence);
    if (!values)
        return false;
    bool good = PyTuple_Size(values) == count;
    if (!good)
        PyErr_Format(PyExc_ValueError, "%zd numbers where there must be %zd", PyTuple_Size(values), count);
    for (Py_ssize_t index = 0; good && index < count; index++) {
        double value = PyFloat_AsDouble(PyTuple_GetItem(values, index));
        target[index * stride] = value;
        good = value != -1.0 || !PyErr_Occurred();
    }
    Py_DecRef(values);
    return good;
}

/* Write rows with their views: the numbers of LANES rows interleaved, as long as there are so many, then row by row. */
static bool unpack_rows(const Trees *trees, PyObject *rows, Py_ssize_t count, double *target)
{
    Py_ssize_t grouped = count - count % LANES;
    for (Py_ssize_t row = 0; row < count; row++) {
        Py_ssize_t lane = row < grouped ? row % LANES : 0, stride = row < grouped ? LANES : 1;
        double *own = target + (row - lane) * trees->extended + lane;
        if (!unpack(PyTuple_GetItem(rows, row), trees->columns, own, stride))
            return false;
        for (Py_ssize_t view = 0; view < trees->viewed; view++) {
            View seen = views_of(trees)[view];
            own[(trees->columns + view) * stride] = viewed(own[seen.column * stride], seen.flags);
        }
    }
    return true;
}

/* ---- Walks ---- */

/* Whether a set has a category, given as its bit's number; its last bit stands for all that follow. */
static bool in_set(const int32_t *set, double bit)
{
    int64_t number = (int64_t)bit, last = 32 * (int64_t)set[0] - 1;
    number = number < last ? number : last;
    return (uint32_t)set[1 + number / 32] >> number % 32 & 1;
}

/* Take each lane from a root to a leaf, and leave it there: a leaf's threshold is NaN, its right child itself.
 * The numbers of a lane's row begin `apart` after the last one's, `stride` from each other.
 *
 * Which way a node sends a row cannot be foreseen, so there is no branch, which the empty statement keeps compilers
 * from making. */
static inline __attribute__((always_inline)) void walk(const Trees *trees, const Node **leaves, const double *rows,
                                                       Py_ssize_t stride, int apart, bool chosen)
{
    const Node *at[LANES];
    uint32_t moving;
    memcpy(at, leaves, sizeof at);
    do {
        moving = 0;
#pragma GCC unroll 8
        for (int lane = 0; lane < LANES; lane++) {
            const Node *node = at[lane];
            double value = rows[node->column * stride + lane * apart];
            bool left = chosen && is_chosen(trees, node->column)
                ? in_set(sets_of(trees) + (Py_ssize_t)node->threshold, value)
                : value <= node->threshold;
            uint32_t mask = -(uint32_t)!left;
            __asm__("" : "+r"(mask));
            uint32_t step = 1 + ((node->right - 1) & mask);
            at[lane] = node + step;
            moving |= at[lane]->right;
        }
    } while (moving);
    memcpy(leaves, at, sizeof at);
}

/* LANES rows in one tree. */
static __attribute__((noinline)) void walk_rows(const Node **leaves, const double *rows)
{
    walk(NULL, leaves, rows, LANES, 1, false);
}

/* One row in LANES trees. */
static __attribute__((noinline)) void walk_trees(const Node **leaves, const double *row)
{
    walk(NULL, leaves, row, 1, 0, false);
}

/* Either, where there are categories. */
static __attribute__((noinline)) void walk_chosen(const Trees *trees, const Node **leaves, const double *rows,
                                                  Py_ssize_t stride, int apart)
{
    walk(trees, leaves, rows, stride, apart, true);
}

static inline void add_leaf(const Trees *trees, const Node *leaf, double *total)
{
    Py_ssize_t index = 0, start = place_of(leaf) * trees->width;
    if (trees->float32) {
        const float *values = (const float *)trees->values.buf + start;
        do
            total[index] = (float)(total[index] + (double)values[index]);
        while (++index < trees->width);
    } else {
        const double *values = (const double *)trees->values.buf + start;
        do
            total[index] += values[index];
        while (++index < trees->width);
    }
}

/* Add up all trees for groups of LANES rows. */
static void add_groups(const Trees *trees, const double *rows, Py_ssize_t count, double *totals, Py_ssize_t outs)
{
    for (Py_ssize_t tree = 0; tree < trees->trees; tree++) {
        for (Py_ssize_t row = 0; row < count; row += LANES) {
            const Node *leaves[LANES];
            double *own = totals + row * outs + outputs_of(trees)[tree];
            for (int lane = 0; lane < LANES; lane++)
                leaves[lane] = nodes_of(trees) + starts_of(trees)[tree];
            if (trees->chosen)
                walk_chosen(trees, leaves, rows + row * trees->extended, LANES, 1);
            else
                walk_rows(leaves, rows + row * trees->extended);
            for (int lane = 0; lane < LANES; lane++)
                add_leaf(trees, leaves[lane], own + lane * outs);
        }
    }
}

/* Add up all trees for one row. */
static void add_row(const Trees *trees, const double *row, double *totals)
{
    for (Py_ssize_t tree = 0; tree < trees->trees; tree += LANES) {
        const Node *leaves[LANES];
        int count = trees->trees - tree < LANES ? (int)(trees->trees - tree) : LANES;
        for (int lane = 0; lane < LANES; lane++)
            leaves[lane] = nodes_of(trees) + starts_of(trees)[tree + lane % count];
        if (trees->chosen)
            walk_chosen(trees, leaves, row, 1, 0);
        else
            walk_trees(leaves, row);
        for (int lane = 0; lane < count; lane++)
            add_leaf(trees, leaves[lane], totals + outputs_of(trees)[tree + lane]);
    }
}

static void add_all(const Trees *trees, const double *rows, Py_ssize_t count, double *totals, Py_ssize_t outs)
{
    Py_ssize_t size = LANES * (1 + BLOCK / LANES / trees->extended), grouped = count - count % LANES;
    for (Py_ssize_t row = 0; row < grouped; row += size) {
        Py_ssize_t here = grouped - row < size ? grouped - row : size;
        add_groups(trees, rows + row * trees->extended, here, totals + row * outs, outs);
    }
    for (Py_ssize_t row = grouped; row < count; row++)
        add_row(trees, rows + row * trees->extended, totals + row * outs);
}

/* ---- Python ---- */

static void unload(PyObject *capsule)
{
    Trees *trees = PyCapsule_GetPointer(capsule, NAME);
    Py_buffer *tables[] = {&trees->starts, &trees->outputs, &trees->nodes, &trees->values, &trees->views, &trees->sets};
    for (size_t index = 0; index < sizeof tables / sizeof *tables; index++)
        PyBuffer_Release(tables[index]);
    free(trees);
}

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
    PyObject *capsule = PyCapsule_New(trees, NAME, unload);
    if (!capsule || (check_shapes(trees) && check_nodes(trees)))
        return capsule;
    Py_DecRef(capsule);
    return NULL;
}

/* The totals as lists, column after column. */
static PyObject *listed(const double *totals, Py_ssize_t count, Py_ssize_t outs)
{
    PyObject *columns = PyList_New(outs);
    for (Py_ssize_t out = 0; columns && out < outs; out++) {
        PyObject *column = PyList_New(count);
        if (!column || PyList_SetItem(columns, out, column) < 0)
            goto failed;
        for (Py_ssize_t row = 0; row < count; row++) {
            PyObject *value = PyFloat_FromDouble(totals[row * outs + out]);
            if (!value || PyList_SetItem(column, row, value) < 0)
                goto failed;
        }
    }
    return columns;
failed:
    Py_DecRef(columns);
    return NULL;
}

static PyObject *add(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *capsule, *given, *started, *made = NULL, *rows = NULL, *bases = NULL;
    double *numbers = NULL, *totals = NULL;
    Trees *trees = NULL;
    if (!PyArg_ParseTuple(arguments, "OOO", &capsule, &given, &started)
        || !(trees = PyCapsule_GetPointer(capsule, NAME)) || !(rows = PySequence_Tuple(given))
        || !(bases = PySequence_Tuple(started)))
        goto done;
    Py_ssize_t count = PyTuple_Size(rows), outs = PyTuple_Size(bases);
    if (outs < trees->outs) {
        PyErr_Format(PyExc_ValueError, "trees add to %zd columns of %zd", trees->outs, outs);
        goto done;
    }
    numbers = calloc((size_t)count + 1, (size_t)trees->extended * sizeof *numbers);
    totals = calloc((size_t)count + 1, ((size_t)outs + 1) * sizeof *totals);
    if (!numbers || !totals) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t out = 0; out < outs; out++)
        if (!unpack(PyTuple_GetItem(bases, out), count, totals + out, outs))
            goto done;
    if (!unpack_rows(trees, rows, count, numbers))
        goto done;
    if (trees->float32)
        for (Py_ssize_t index = 0; index < count * outs; index++)
            totals[index] = (float)totals[index];
    if (count * trees->trees >= LONG) {
        Py_BEGIN_ALLOW_THREADS
        add_all(trees, numbers, count, totals, outs);
        Py_END_ALLOW_THREADS
    } else {
        add_all(trees, numbers, count, totals, outs);
    }
    made = listed(totals, count, outs);
done:
    free(numbers);
    free(totals);
    Py_DecRef(rows);
    Py_DecRef(bases);
    return made;
}

static PyMethodDef methods[] = {
    {"load", load, METH_VARARGS, "Check the tables of trees.sums, and keep them."},
    {"add", add, METH_VARARGS, "Columns and, on top of them, what the leaves of rows add up to."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef module = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_trees",
    .m_doc = "Decision trees and sums of them.",
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__trees(void) { return PyModuleDef_Init(&module); }
