/* The tables of trees, as trees.py describes them, and the checks that they fit each other.
 *
 * Tables are checked once, when they are loaded; after that no row can lead outside of them. Most lie in a mapped file,
 * so a file that is rewritten in place changes tables that were checked: replace it instead. */

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "tables are little-endian"
#endif

enum { MISSING_LEFT = 1, ZERO_MISSING = 2, CATEGORIES = 4, MISSING_ZERO = 16 };

typedef struct {
    double threshold;
    uint32_t right;
    int32_t column;
} Node;

typedef struct {
    int32_t column, flags;
} View;

_Static_assert(sizeof(Py_ssize_t) == 8, "tables are counted in 64 bits");
_Static_assert(sizeof(Node) == 16, "a node has 16 bytes");
_Static_assert(sizeof(View) == 8, "a view has 8 bytes");

/* The arguments of `load`, as trees.sums has them, and what follows from them. */
typedef struct {
    Py_buffer starts, outputs, nodes, values, views, sets;
    Py_ssize_t columns, width;
    int float32;
    Py_ssize_t tree_count, leaf_count, view_count;
    Py_ssize_t row_width;    /* columns, and the views after them */
    Py_ssize_t output_width; /* columns that leaves add to, at least */
    bool has_categories;
    struct Ranks *ranks;  /* made for large batches, see _ranks.h */
    Py_ssize_t walks;     /* before the ranks were made; -1 after it */
    struct Steps *steps;  /* made for single rows, see _one_row.h */
    Py_ssize_t row_walks; /* before the steps were made; -1 after it */
} Trees;

static const int64_t *starts_of(const Trees *trees) { return trees->starts.buf; }
static const int32_t *outputs_of(const Trees *trees) { return trees->outputs.buf; }
static const Node *nodes_of(const Trees *trees) { return trees->nodes.buf; }
static const View *views_of(const Trees *trees) { return trees->views.buf; }
static const int32_t *sets_of(const Trees *trees) { return trees->sets.buf; }

static Py_ssize_t words_of(const Trees *trees) { return trees->sets.len / (Py_ssize_t)sizeof(int32_t); }

/* Whether a column of a row, views counted after its own numbers, holds categories. */
static bool holds_categories(const Trees *trees, int32_t column)
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

static void free_ranks(struct Ranks *ranks);
static void free_steps(struct Steps *steps);

/* Free the tables and let go of their memory. */
static void free_trees(Trees *trees)
{
    if (trees->ranks)
        free_ranks(trees->ranks);
    if (trees->steps)
        free_steps(trees->steps);
    Py_buffer *tables[] = {&trees->starts, &trees->outputs, &trees->nodes, &trees->values, &trees->views, &trees->sets};
    for (size_t index = 0; index < sizeof tables / sizeof *tables; index++)
        PyBuffer_Release(tables[index]);
    free(trees);
}

static bool refuse(const char *table)
{
    PyErr_Format(PyExc_ValueError, "%s do not fit the other tables", table);
    return false;
}

/* A table and the size of its items. */
typedef struct {
    const char *name;
    const Py_buffer *table;
    Py_ssize_t size;
} Items;

/* Whether each table is a whole number of items that lie where the processor may read them. */
static bool check_items(const Items *tables, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        Py_ssize_t length = tables[index].table->len, size = tables[index].size;
        if (length % size || (length && (uintptr_t)tables[index].table->buf % (size < 8 ? size : 8)))
            return refuse(tables[index].name);
    }
    return true;
}

/* Check the numbers of items, and count what follows from them. */
static bool check_shapes(Trees *trees)
{
    Py_ssize_t number = trees->float32 ? sizeof(float) : sizeof(double);
    const Items tables[] = {
        {"starts", &trees->starts, sizeof(int64_t)}, {"outputs", &trees->outputs, sizeof(int32_t)},
        {"nodes", &trees->nodes, sizeof(Node)},      {"values", &trees->values, number},
        {"views", &trees->views, sizeof(View)},      {"sets", &trees->sets, sizeof(int32_t)},
    };
    if (!check_items(tables, sizeof tables / sizeof *tables))
        return false;
    Py_ssize_t values = trees->values.len / number;
    trees->tree_count = trees->outputs.len / (Py_ssize_t)sizeof(int32_t);
    trees->view_count = trees->views.len / (Py_ssize_t)sizeof(View);
    if (trees->starts.len / (Py_ssize_t)sizeof(int64_t) != trees->tree_count + 1)
        return refuse("starts");
    if (trees->columns < 1 || trees->columns > INT32_MAX || trees->view_count > INT32_MAX - trees->columns)
        return refuse("columns");
    if (trees->width < 1 || trees->width > INT32_MAX || values % trees->width)
        return refuse("values");
    trees->row_width = trees->columns + trees->view_count;
    trees->leaf_count = values / trees->width;
    for (Py_ssize_t view = 0; view < trees->view_count; view++) {
        if (views_of(trees)[view].column < 0 || views_of(trees)[view].column >= trees->columns)
            return refuse("views");
        trees->has_categories |= (views_of(trees)[view].flags & CATEGORIES) != 0;
    }
    for (Py_ssize_t tree = 0; tree < trees->tree_count; tree++) {
        Py_ssize_t output = outputs_of(trees)[tree];
        if (output < 0)
            return refuse("outputs");
        if (output + trees->width > trees->output_width)
            trees->output_width = output + trees->width;
    }
    return true;
}

/* A byte for each word of the sets, 1 where a set starts; NULL if they are not sets. The caller frees it. */
static char *set_starts(const Trees *trees)
{
    const int32_t *sets = sets_of(trees);
    char *found = calloc((size_t)words_of(trees) + 1, 1);
    if (!found)
        PyErr_NoMemory();
    for (Py_ssize_t place = 0; found && place < words_of(trees); place += 1 + (Py_ssize_t)sets[place]) {
        found[place] = 1;
        if (sets[place] < 1 || sets[place] >= words_of(trees) - place) {
            refuse("sets");
            free(found);
            return NULL;
        }
    }
    return found;
}

/* Whether a node leads to later nodes of its tree, or to a leaf's values, and looks at a column, or at a set.
 * `left` nodes of the tree are left, itself included. */
static bool fits(const Trees *trees, const Node *node, int64_t left, const char *sets)
{
    if (!node->right)
        return isnan(node->threshold) && place_of(node) >= 0 && place_of(node) < trees->leaf_count && !node->column;
    if (node->right < 2 || node->right >= left || node->column < 0 || node->column >= trees->row_width)
        return false;
    if (!trees->has_categories || !holds_categories(trees, node->column))
        return true;
    double place = node->threshold;
    return place >= 0 && place < (double)words_of(trees) && place == (double)(int64_t)place && sets[(int64_t)place];
}

static bool check_nodes(const Trees *trees)
{
    char *sets = set_starts(trees);
    bool good = sets;
    int64_t count = trees->nodes.len / (Py_ssize_t)sizeof(Node);
    for (Py_ssize_t tree = 0; good && tree < trees->tree_count; tree++) {
        int64_t start = starts_of(trees)[tree], end = starts_of(trees)[tree + 1];
        if (start < 0 || end <= start || end > count)
            good = refuse("starts");
        for (int64_t node = start; good && node < end; node++) {
            good = fits(trees, nodes_of(trees) + node, end - node, sets);
            if (!good)
                PyErr_Format(PyExc_ValueError, "node %zd of tree %zd leads outside of them", node - start, tree);
        }
    }
    free(sets);
    return good;
}
