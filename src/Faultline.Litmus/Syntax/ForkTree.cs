namespace Faultline.Litmus.Syntax;

/// <summary>Who forks whom: a forest over the threads, if no forks go round in a circle.</summary>
internal sealed class ForkTree
{
    private readonly int[] forkers;
    private readonly int[] roots;

    /// <summary>Builds the forest.</summary>
    /// <param name="forkers">Of each thread, the one that forks it, or -1.</param>
    public ForkTree(int[] forkers)
    {
        this.forkers = forkers;
        roots = new int[forkers.Length];
        ILookup<int, int> forked = Enumerable.Range(0, forkers.Length).ToLookup(t => forkers[t]);
        List<int> order = [.. forked[-1]];
        for (int next = 0; next < order.Count; next++)
        {
            int thread = order[next];
            roots[thread] = forkers[thread] < 0 ? thread : roots[forkers[thread]];
            order.AddRange(forked[thread]);
        }

        Order = order;
    }

    /// <summary>Of a program that was checked.</summary>
    public static ForkTree Of(IReadOnlyList<ThreadDeclaration> threads)
    {
        int[] forkers = [.. Enumerable.Repeat(-1, threads.Count)];
        foreach ((int index, ThreadDeclaration thread) in threads.Index())
        {
            foreach (ForkStatement fork in Statement.Flatten(thread.Body).OfType<ForkStatement>())
            {
                forkers[fork.Thread] = index;
            }
        }

        return new ForkTree(forkers);
    }

    /// <summary>The threads that ever start, each behind the one that forks it.</summary>
    public IReadOnlyList<int> Order { get; }

    public bool IsForked(int thread) => forkers[thread] >= 0;

    public int ForkerOf(int thread) => forkers[thread];

    /// <summary>The first ancestor, which no thread forks: its process has the mappings that this one inherits.</summary>
    public int RootOf(int thread) => roots[thread];
}
