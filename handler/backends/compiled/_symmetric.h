/* Add up the leaves of symmetric trees: all nodes of a level test the same, so that a leaf's number is the bits of the
 * tests' results. catboost.py describes the tables. */

#define DEEPEST 16
#define ROWS 128 /* rows that are looked up together: their leaves' numbers fit the processor's registers and cache */

#define USUAL 6  /* CatBoost's depth by default */
#define FEW 8 /* rows that are looked up one by one */

static const char SYMMETRIC[] = "symmetric";

typedef struct {
    int32_t column, least;
} Split;

_Static_assert(sizeof(Split) == 8, "a split has 8 bytes");

typedef struct {
    Py_buffer depths, splits, leaves;
    Py_ssize_t columns, width, tree_count;
} Symmetric;

typedef struct {
    const Split *splits;
    const double *leaves;
    int32_t depth;
    Py_ssize_t width;
} Tree;

static void free_symmetric(Symmetric *trees)
{
    PyBuffer_Release(&trees->depths);
    PyBuffer_Release(&trees->splits);
    PyBuffer_Release(&trees->leaves);
    free(trees);
}

static bool check_symmetric(Symmetric *trees)
{
    const Items tables[] = {
        {"depths", &trees->depths, sizeof(int32_t)},
        {"splits", &trees->splits, sizeof(Split)},
        {"leaves", &trees->leaves, sizeof(double)},
    };
    if (!check_items(tables, sizeof tables / sizeof *tables))
        return false;
    if (trees->columns < 1 || trees->columns > INT32_MAX)
        return refuse("columns");
    if (trees->width < 1 || trees->width > INT32_MAX)
        return refuse("width");
    trees->tree_count = trees->depths.len / (Py_ssize_t)sizeof(int32_t);
    if (!trees->tree_count)
        return refuse("depths");
    const int32_t *depths = trees->depths.buf;
    const Split *splits = trees->splits.buf;
    Py_ssize_t split_count = trees->splits.len / (Py_ssize_t)sizeof(Split), used = 0, leaves = 0;
    for (Py_ssize_t tree = 0; tree < trees->tree_count; tree++) {
        if (!within(depths[tree], DEEPEST + 1))
            return refuse("depths");
        used += depths[tree];
        leaves += (Py_ssize_t)1 << depths[tree];
    }
    if (used != split_count)
        return refuse("splits");
    if (trees->leaves.len % (Py_ssize_t)(sizeof(double) * trees->width)
        || leaves != trees->leaves.len / (Py_ssize_t)sizeof(double) / trees->width)
        return refuse("leaves");
    for (Py_ssize_t split = 0; split < split_count; split++)
        if (!within(splits[split].column, trees->columns) || !within(splits[split].least, UINT8_MAX + 1))
            return refuse("splits");
    return true;
}

/* Set the bits of up to 8 tests for `count` rows; columns of bins start `stride` apart. Inlined, gcc would not vectorize it. */
static __attribute__((noinline)) void set_bits(const Split *splits, int depth, const uint8_t *bins, Py_ssize_t stride,
                                               Py_ssize_t count, uint8_t *numbers)
{
    memset(numbers, 0, (size_t)count);
    for (int level = 0; level < depth; level++) {
        const uint8_t *column = bins + splits[level].column * stride;
        uint8_t least = (uint8_t)splits[level].least, bit = (uint8_t)(1 << level);
        for (Py_ssize_t row = 0; row < count; row++)
            numbers[row] |= column[row] >= least ? bit : 0;
    }
}

/* Add a tree's leaves to the totals of up to ROWS rows. */
static void add_block(const Tree *tree, const uint8_t *bins, Py_ssize_t stride, Py_ssize_t count, double *totals)
{
    uint8_t low[ROWS], high[ROWS];
    set_bits(tree->splits, tree->depth < 8 ? tree->depth : 8, bins, stride, count, low);
    if (tree->depth <= 8 && tree->width == 1) {
        for (Py_ssize_t row = 0; row < count; row++)
            totals[row] += tree->leaves[low[row]];
        return;
    }
    if (tree->depth > 8)
        set_bits(tree->splits + 8, tree->depth - 8, bins, stride, count, high);
    for (Py_ssize_t row = 0; row < count; row++) {
        const double *leaf = tree->leaves + (low[row] | (tree->depth > 8 ? high[row] << 8 : 0)) * tree->width;
        for (Py_ssize_t out = 0; out < tree->width; out++)
            totals[row * tree->width + out] += leaf[out];
    }
}

/* The number of a row's leaf in a tree. */
static inline __attribute__((always_inline)) size_t leaf_of(const Tree *tree, int depth, const uint8_t *bins,
                                                            Py_ssize_t stride)
{
    size_t number = 0;
    for (const Split *split = tree->splits + depth; split-- > tree->splits;)
        number += number + (bins[split->column * stride] >= split->least);
    return number;
}

/* Add a tree's leaf to the totals of one row. */
static inline __attribute__((always_inline)) void add_one(const Tree *tree, const uint8_t *bins, Py_ssize_t stride,
                                                          double *totals)
{
    size_t number = leaf_of(tree, tree->depth, bins, stride);
    if (tree->width == 1)
        *totals += tree->leaves[number];
    else
        for (Py_ssize_t out = 0; out < tree->width; out++)
            totals[out] += tree->leaves[(Py_ssize_t)number * tree->width + out];
}

/* The sum of one row's leaves, if they are single numbers; it stays in a register. */
static double sum_one(const Symmetric *trees, const uint8_t *bins)
{
    const int32_t *depths = trees->depths.buf;
    Tree tree = {trees->splits.buf, trees->leaves.buf, 0, 1};
    double total = 0.0;
    for (Py_ssize_t index = 0; index < trees->tree_count; index++) {
        tree.depth = depths[index];
        if (tree.depth == USUAL) /* a constant, for which the compiler makes no loop */
            total += tree.leaves[leaf_of(&tree, USUAL, bins, 1)];
        else
            total += tree.leaves[leaf_of(&tree, tree.depth, bins, 1)];
        tree.splits += tree.depth;
        tree.leaves += (Py_ssize_t)1 << tree.depth;
    }
    return total;
}

static void add_trees(const Symmetric *trees, const uint8_t *bins, Py_ssize_t count, double *totals)
{
    const int32_t *depths = trees->depths.buf;
    if (count == 1 && trees->width == 1) {
        *totals = sum_one(trees, bins);
        return;
    }
    for (Py_ssize_t start = 0; start < count; start += ROWS) {
        Py_ssize_t here = count - start < ROWS ? count - start : ROWS;
        double *own = totals + start * trees->width;
        Tree tree = {trees->splits.buf, trees->leaves.buf, 0, trees->width};
        for (Py_ssize_t index = 0; index < trees->tree_count; index++) {
            tree.depth = depths[index];
            if (count == 1) /* a constant, by which the compiler does not multiply */
                add_one(&tree, bins, 1, own);
            else if (here >= FEW)
                add_block(&tree, bins + start, count, here, own);
            else
                for (Py_ssize_t row = 0; row < here; row++)
                    add_one(&tree, bins + start + row, count, own + row * trees->width);
            tree.splits += tree.depth;
            tree.leaves += ((Py_ssize_t)1 << tree.depth) * trees->width;
        }
    }
}

static void unload_symmetric(PyObject *capsule) { free_symmetric(PyCapsule_GetPointer(capsule, SYMMETRIC)); }

static PyObject *load_symmetric(PyObject *module, PyObject *arguments)
{
    (void)module;
    Symmetric *trees = calloc(1, sizeof *trees);
    if (!trees)
        return PyErr_NoMemory();
    if (!PyArg_ParseTuple(arguments, "y*y*y*nn", &trees->depths, &trees->splits, &trees->leaves, &trees->columns,
                          &trees->width)) {
        free(trees);
        return NULL;
    }
    PyObject *capsule = check_symmetric(trees) ? PyCapsule_New(trees, SYMMETRIC, unload_symmetric) : NULL;
    if (!capsule)
        free_symmetric(trees);
    return capsule;
}

static PyObject *add_symmetric(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *capsule, *given, *made;
    char *bins;
    Py_ssize_t size;
    Symmetric *trees;
    if (!PyArg_ParseTuple(arguments, "OO", &capsule, &given) || !(trees = PyCapsule_GetPointer(capsule, SYMMETRIC))
        || PyBytes_AsStringAndSize(given, &bins, &size) < 0)
        return NULL;
    Py_ssize_t count = size / trees->columns;
    if (size % trees->columns)
        return PyErr_Format(PyExc_ValueError, "%zd bins do not fill %zd columns", size, trees->columns);
    double *totals = calloc((size_t)count + 1, (size_t)trees->width * sizeof *totals);
    if (!totals)
        return PyErr_NoMemory();
    if (count * trees->tree_count >= LONG) {
        Py_BEGIN_ALLOW_THREADS
        add_trees(trees, (const uint8_t *)bins, count, totals);
        Py_END_ALLOW_THREADS
    } else {
        add_trees(trees, (const uint8_t *)bins, count, totals);
    }
    made = listed(totals, count, trees->width);
    free(totals);
    return made;
}
