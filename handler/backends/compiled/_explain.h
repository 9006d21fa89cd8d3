/* Explain sums of trees: the contribution of each column to each sum, as explaining/trees.py describes them.
 *
 * The Shapley value of a column is an integral over t from 0 to 1 of a polynomial, the product of a factor for each
 * column on the path to a leaf. Gauss and Legendre's quadrature with enough points, two of them in one vector, gives
 * it exactly. Factors are multiplied on the way down, and weighted values of leaves are added up on the way back. */

/* The state of a player on the path: whether the row passes its tests, and the share of training rows that do. */
typedef struct {
    double passes, share;
    bool known;
} State;

typedef struct {
    const Explained *explained;
    const double *row;
    Py_ssize_t stride;
    const Vector *times, *rests; /* the points, and one minus each of them */
    int pairs;
    State *states;
    Vector *levels;              /* for each level: the products on the path, then the sums of leaves for each output */
    double *contributions;     /* for each output and each player */
} Walk;

static Vector paired(double value) { return (Vector){value, value}; }

static bool goes_left(const Trees *trees, const Node *node, double value)
{
    if (trees->has_categories && holds_categories(trees, node->column))
        return in_set(sets_of(trees) + (Py_ssize_t)node->threshold, value);
    return value <= node->threshold;
}

/* Add the contributions below a node, and leave in its level the sums of its leaves, each times the factors below. */
static void explain_node(const Walk *walk, const Node *node, Vector *level)
{
    const Explained *explained = walk->explained;
    const Trees *trees = explained->trees;
    const int pairs = walk->pairs;
    Vector *products = level, *sums = level + pairs, *next = level + pairs * (1 + trees->width);
    if (!node->right) {
        for (Py_ssize_t out = 0; out < trees->width; out++)
            for (int pair = 0; pair < pairs; pair++)
                sums[out * pairs + pair] = paired(value_of(trees, node, out));
        return;
    }
    memset(sums, 0, (size_t)(pairs * trees->width) * sizeof *sums);
    bool left = goes_left(trees, node, walk->row[node->column * walk->stride]);
    int32_t player = player_of(explained, node);
    State *state = walk->states + player, before = *state;
    for (int side = 0; side < 2; side++) {
        const Node *child = node + (side ? node->right : 1);
        State now = {left == !side ? before.passes : 0.0, before.share * share_of(explained, node, child), true};
        if (now.passes == 0.0 && now.share == 0.0)
            continue; /* no training row, and not this one */
        Vector factors[pairs], weights[pairs]; /* of the child's products, and of its sums in the contribution */
        for (int pair = 0; pair < pairs; pair++) {
            Vector factor = now.passes * walk->times[pair] + now.share * walk->rests[pair];
            Vector weight = products[pair] * (now.passes - now.share);
            if (before.known) { /* the factor of the tests above is replaced, and so is their contribution */
                Vector above = 1.0 / (before.passes * walk->times[pair] + before.share * walk->rests[pair]);
                factor *= above;
                weight = products[pair] * above * ((now.passes - now.share) - factor * (before.passes - before.share));
            }
            factors[pair] = factor;
            weights[pair] = weight;
            next[pair] = products[pair] * factor;
        }
        *state = now;
        explain_node(walk, child, next);
        for (Py_ssize_t out = 0; out < trees->width; out++) {
            const Vector *below = next + pairs * (1 + out);
            Vector total = paired(0.0);
            for (int pair = 0; pair < pairs; pair++) {
                total += weights[pair] * below[pair];
                sums[out * pairs + pair] += factors[pair] * below[pair];
            }
            walk->contributions[out * explained->player_count + player] += total[0] + total[1];
        }
    }
    *state = before;
}

/* Add the contributions of a row, for each output and each player. */
static void explain_row(Walk *walk, double *contributions)
{
    const Trees *trees = walk->explained->trees;
    const Vector *quadrature = walk->explained->quadrature.buf;
    for (Py_ssize_t tree = 0; tree < trees->tree_count; tree++) {
        int pairs = walk->pairs = walk->explained->pairs[tree];
        walk->times = quadrature + 3 * pairs * (pairs - 1) / 2; /* the points of fewer pairs come before */
        walk->rests = walk->times + pairs;
        memcpy(walk->levels, walk->rests + pairs, (size_t)pairs * sizeof(Vector));
        walk->contributions = contributions + outputs_of(trees)[tree] * walk->explained->player_count;
        explain_node(walk, nodes_of(trees) + starts_of(trees)[tree], walk->levels);
    }
}

static void unload_explained(PyObject *capsule) { free_explained(PyCapsule_GetPointer(capsule, EXPLAINED)); }

static PyObject *load_explained(PyObject *module, PyObject *arguments)
{
    (void)module;
    Explained *explained = calloc(1, sizeof *explained);
    Trees *trees = calloc(1, sizeof *trees);
    if (!explained || !trees) {
        free(explained);
        free(trees);
        return PyErr_NoMemory();
    }
    if (!PyArg_ParseTuple(arguments, "y*y*y*y*nny*y*py*y*ny*", &trees->starts, &trees->outputs, &trees->nodes,
                          &trees->values, &trees->columns, &trees->width, &trees->views, &trees->sets, &trees->float32,
                          &explained->covers, &explained->players, &explained->player_count, &explained->quadrature)) {
        free(explained);
        free(trees);
        return NULL;
    }
    explained->trees = trees;
    PyObject *capsule = check_shapes(trees) && check_nodes(trees) && check_explained(explained) && survey_all(explained)
        ? PyCapsule_New(explained, EXPLAINED, unload_explained) : NULL;
    if (!capsule)
        free_explained(explained);
    return capsule;
}

/* Return the mean of each sum over the training rows, as columns of one number. */
static PyObject *means(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *capsule;
    Explained *explained;
    if (!PyArg_ParseTuple(arguments, "O", &capsule) || !(explained = PyCapsule_GetPointer(capsule, EXPLAINED)))
        return NULL;
    return listed(explained->means, 1, explained->trees->output_width);
}

static PyObject *explain(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *capsule, *given, *made = NULL, *rows = NULL;
    Explained *explained;
    double *numbers = NULL, *contributions = NULL;
    if (!PyArg_ParseTuple(arguments, "OO", &capsule, &given) || !(explained = PyCapsule_GetPointer(capsule, EXPLAINED))
        || !(rows = PySequence_Tuple(given)))
        return NULL;
    const Trees *trees = explained->trees;
    Py_ssize_t count = PyTuple_Size(rows), grouped = count - count % LANES;
    Py_ssize_t width = trees->output_width * explained->player_count;
    Walk walk = {.explained = explained};
    numbers = calloc((size_t)count + 1, (size_t)trees->row_width * sizeof *numbers);
    contributions = calloc((size_t)count + 1, (size_t)(width + 1) * sizeof *contributions);
    walk.states = malloc((size_t)explained->player_count * sizeof *walk.states);
    walk.levels = calloc((size_t)explained->deepest + 1,
                         (size_t)((explained->most_pairs + 1) * (1 + trees->width)) * sizeof *walk.levels);
    if (!numbers || !contributions || !walk.states || !walk.levels) {
        PyErr_NoMemory();
        goto done;
    }
    if (!unpack_rows(trees, rows, count, numbers))
        goto done;
    for (Py_ssize_t player = 0; player < explained->player_count; player++)
        walk.states[player] = (State){1.0, 1.0, false};
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t row = 0; row < count; row++) {
        Py_ssize_t lane = row < grouped ? row % LANES : 0;
        walk.row = numbers + (row - lane) * trees->row_width + lane;
        walk.stride = row < grouped ? LANES : 1;
        explain_row(&walk, contributions + row * width);
    }
    Py_END_ALLOW_THREADS
    made = listed(contributions, count, width);
done:
    free(numbers);
    free(contributions);
    free(walk.states);
    free(walk.levels);
    Py_DecRef(rows);
    return made;
}
