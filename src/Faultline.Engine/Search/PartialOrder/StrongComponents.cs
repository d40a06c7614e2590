namespace Faultline.Engine.Search.PartialOrder;

/// <summary>Tarjan's strongly connected components, without recursion.</summary>
internal static class StrongComponents
{
    /// <summary>The components that contain a cycle.</summary>
    /// <param name="count">Number of nodes.</param>
    /// <param name="targets">Where the edges of a node lead.</param>
    /// <param name="include">Nodes to look at; the others are taken to be missing.</param>
    public static List<List<int>> Of(int count, Func<int, IEnumerable<int>> targets, Func<int, bool> include)
    {
        var found = new List<List<int>>();
        int[] index = new int[count], low = new int[count];
        var onStack = new bool[count];
        var stack = new Stack<int>();
        int next = 1;
        for (int root = 0; root < count; root++)
        {
            if (index[root] != 0 || !include(root))
            {
                continue;
            }

            var path = new Stack<(int Node, IEnumerator<int> Targets)>();
            Enter(root);
            while (path.TryPeek(out (int Node, IEnumerator<int> Targets) top))
            {
                if (!top.Targets.MoveNext())
                {
                    path.Pop();
                    Leave(top.Node);
                    if (path.TryPeek(out (int Node, IEnumerator<int> Targets) above))
                    {
                        low[above.Node] = Math.Min(low[above.Node], low[top.Node]);
                    }

                    continue;
                }

                int to = top.Targets.Current;
                if (include(to) && index[to] == 0)
                {
                    Enter(to);
                }
                else if (onStack[to])
                {
                    low[top.Node] = Math.Min(low[top.Node], index[to]);
                }
            }

            void Enter(int node)
            {
                index[node] = low[node] = next++;
                onStack[node] = true;
                stack.Push(node);
                path.Push((node, targets(node).GetEnumerator()));
            }
        }

        return found;

        void Leave(int node)
        {
            if (low[node] != index[node])
            {
                return;
            }

            var component = new List<int>();
            int member;
            do
            {
                member = stack.Pop();
                onStack[member] = false;
                component.Add(member);
            }
            while (member != node);
            if (component.Count > 1 || targets(node).Contains(node))
            {
                found.Add(component);
            }
        }
    }
}
