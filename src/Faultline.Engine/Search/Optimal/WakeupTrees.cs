using Faultline.Engine.Search.PartialOrder;

namespace Faultline.Engine.Search.Optimal;

/// <summary>
/// Wakeup trees, one for each state on the way to the present one: sequences of steps that are still to be explored from there. A tree is
/// the number of its first root, roots and children being linked in the order in which they will be explored; -1 is the empty tree.
/// </summary>
internal sealed class WakeupTrees(AccessSets sets)
{
    /// <summary>The empty tree.</summary>
    public const int Empty = -1;

    private Node[] nodes = new Node[256];
    private int count;
    private int free = Empty;

    /// <summary>
    /// Sees to it that a sequence will be explored: nothing to do if the tree has a branch, from root to leaf, with which it can go
    /// on to a common end. Else the least that is missing becomes a new last branch where the two part.
    /// </summary>
    /// <param name="tree">The tree.</param>
    /// <param name="sequence">The sequence; used up.</param>
    public void Insert(ref int tree, TransitionSequence sequence)
    {
        int parent = Empty, at = tree;
        while (at != Empty)
        {
            Standing standing = sequence.Of(nodes[at].Transition, sets, out int place);
            if (standing == Standing.No)
            {
                at = nodes[at].Next;
                continue;
            }

            if (standing == Standing.InSequence)
            {
                sequence.RemoveAt(place);
            }

            if (sequence.Count == 0 || nodes[at].FirstChild == Empty)
            {
                return;
            }

            parent = at;
            at = nodes[at].FirstChild;
        }

        int branch = Branch(sequence);
        if (parent == Empty)
        {
            Append(ref tree, branch);
        }
        else
        {
            Append(ref nodes[parent].FirstChild, branch);
        }
    }

    /// <summary>Takes the first root out of a tree.</summary>
    /// <param name="tree">Not empty; becomes what is left.</param>
    /// <param name="below">The tree below that root.</param>
    public Transition Take(ref int tree, out int below)
    {
        int taken = tree;
        Node node = nodes[taken];
        (tree, below) = (node.Next, node.FirstChild);
        nodes[taken].Next = free;
        free = taken;
        return node.Transition;
    }

    private int Branch(TransitionSequence sequence)
    {
        int below = Empty;
        for (int i = sequence.Count - 1; i >= 0; i--)
        {
            below = Add(new Node { Transition = sequence[i], FirstChild = below, Next = Empty });
        }

        return below;
    }

    private void Append(ref int first, int branch)
    {
        ref int link = ref first;
        while (link != Empty)
        {
            link = ref nodes[link].Next;
        }

        link = branch;
    }

    private int Add(Node node)
    {
        int place = free;
        if (place != Empty)
        {
            free = nodes[place].Next;
        }
        else
        {
            if (count == nodes.Length)
            {
                Array.Resize(ref nodes, 2 * count);
            }

            place = count++;
        }

        nodes[place] = node;
        return place;
    }

    private struct Node
    {
        public Transition Transition;
        public int FirstChild;
        public int Next;
    }
}
