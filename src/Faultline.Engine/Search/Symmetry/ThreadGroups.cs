using Faultline.Engine.Search.PartialOrder;
using Faultline.Engine.State;

namespace Faultline.Engine.Search.Symmetry;

/// <summary>
/// The threads of a model that may change places, and every word that says which thread is which. Made once for a search; does not change.
/// </summary>
internal sealed unsafe class ThreadGroups
{
    private readonly int[] ownerOf;

    private ThreadGroups(Model model, IReadOnlyList<IReadOnlyList<int>> groups)
    {
        Layout layout = model.Layout;
        Groups = [.. groups.Select(g => g.Order().ToArray())];
        Threads = [.. Groups.SelectMany(g => g)];
        Others = [.. Enumerable.Range(0, model.Threads).Except(Threads)];
        GroupOf = new int[model.Threads];
        Array.Fill(GroupOf, -1);
        for (int g = 0; g < Groups.Length; g++)
        {
            Array.ForEach(Groups[g], t => GroupOf[t] = g);
        }

        Owned = [.. Enumerable.Range(0, model.Threads).Select(t => OwnedBy(layout, t))];
        ownerOf = new int[layout.WordCount];
        Array.Fill(ownerOf, -1);
        for (int t = 0; t < model.Threads; t++)
        {
            Array.ForEach(Owned[t], w => ownerOf[w] = t);
        }

        int[] named = [.. Enumerable.Range(0, layout.WordCount).Where(w => layout.KindOf(w) == WordKind.Synchronisation).Except(Threads.SelectMany(t => Owned[t]))];
        Locks = [.. named.Where(layout.IsLock)];
        Queues = [.. named.Where(w => !layout.IsLock(w))];
        Bits = [.. layout.ThreadBits.SelectMany(b => Enumerable.Range(b.First, b.Count).Select(w => (w, b.Shift)))];
    }

    /// <summary>The groups, each in ascending order.</summary>
    public int[][] Groups { get; }

    /// <summary>All threads of groups.</summary>
    public int[] Threads { get; }

    /// <summary>All other threads.</summary>
    public int[] Others { get; }

    /// <summary>The number of each thread's group; -1: none.</summary>
    public int[] GroupOf { get; }

    /// <summary>Each thread's own words.</summary>
    public int[][] Owned { get; }

    /// <summary>Words of locks.</summary>
    public int[] Locks { get; }

    /// <summary>Words of wait queues.</summary>
    public int[] Queues { get; }

    /// <summary>Words with a bit for each thread, and where those begin.</summary>
    public (int Word, int Shift)[] Bits { get; }

    /// <summary>The groups of a model; null: no threads may change places.</summary>
    /// <exception cref="ModelException">The threads of a group are not alike.</exception>
    public static ThreadGroups? Of(Model model)
    {
        IReadOnlyList<int>[] groups = [.. model.Interchangeable.Where(g => g.Count > 1)];
        if (groups.Length == 0)
        {
            return null;
        }

        var made = new ThreadGroups(model, groups);
        made.RefuseUnlike(model);
        return made;
    }

    /// <summary>
    /// What each thread of a group does when one was seen to do this. Where it touched a word of another thread of a group, it counts as
    /// touching that of each: who the other one is means nothing.
    /// </summary>
    public IEnumerable<SeenEdge> ImagesOf(SeenEdge edge)
    {
        int[] all = [.. edge.Log.SelectMany(code => AllMeant(code, edge.Thread))];
        if (GroupOf[edge.Thread] < 0)
        {
            return [edge with { Log = all }];
        }

        return Groups[GroupOf[edge.Thread]].Select(thread =>
        {
            LocalState from = edge.From.Of(edge.Thread, thread);
            LocalState? to = edge.To?.Of(edge.Thread, thread);
            int[] touched = Moved(edge.Log, edge.Thread, thread);
            ulong key = thread == edge.Thread ? edge.Key : SeenEdge.KeyOf(Execution.FingerprintOf(touched), from.Key, to?.Key ?? 0);
            return new SeenEdge(key, thread, from, to, Moved(all, edge.Thread, thread), edge.StopsMachine);
        });
    }

    private IEnumerable<int> AllMeant(int code, int thread)
    {
        int word = code >> Accesses.Shift, owner = ownerOf[word];
        return owner < 0 || owner == thread || GroupOf[owner] < 0
            ? [code]
            : Groups[GroupOf[owner]].Where(t => t != thread).Select(t => Moved(code, owner, t));
    }

    private int[] Moved(int[] log, int one, int other) => [.. log.Select(code => Moved(code, one, other))];

    private int Moved(int code, int one, int other) =>
        (Swapped(code >> Accesses.Shift, one, other) << Accesses.Shift) | (code & Accesses.KindMask);

    // A word after two threads of a group have changed places.
    private int Swapped(int word, int one, int other)
    {
        int owner = ownerOf[word];
        return owner == one ? Owned[other][Array.IndexOf(Owned[one], word)]
            : owner == other ? Owned[one][Array.IndexOf(Owned[other], word)]
            : word;
    }

    /// <summary>Changes of places that all others are made of: the first two of a group, and all of it one on.</summary>
    public IEnumerable<int[]> Generators()
    {
        foreach (int[] group in Groups)
        {
            for (int moving = 2; moving <= group.Length; moving += Math.Max(1, group.Length - 2))
            {
                int[] place = [.. Enumerable.Range(0, GroupOf.Length)];
                for (int i = 0; i < moving; i++)
                {
                    place[group[i]] = group[(i + 1) % moving];
                }

                yield return place;
            }
        }
    }

    private static int[] OwnedBy(Layout layout, int thread) =>
        [.. layout.Owned.Where(o => o.Thread == thread).SelectMany(o => Enumerable.Range(o.First, o.Count))];

    // What is easily seen to be unlike; that the steps are alike is checked together with their determinism.
    private void RefuseUnlike(Model model)
    {
        using var execution = new Execution(model);
        using var places = new Interchange(this, execution.Shape);
        execution.Initialise();
        HashSet<string> checkedTogether = [.. model.CheckedTogether.Select(g => Spell(g))];
        foreach (int[] group in Groups)
        {
            foreach (int thread in group.Skip(1))
            {
                if (Owned[thread].Length != Owned[group[0]].Length
                    || !places.AreAlike(execution.Vector, group[0], thread)
                    || !checkedTogether.SetEquals(model.CheckedTogether.Select(g => Spell(g.Select(w => Swapped(w, group[0], thread))))))
                {
                    throw new ModelException($"threads {group[0]} and {thread} are said to be interchangeable, and are not alike");
                }
            }
        }
    }

    private static string Spell(IEnumerable<int> words) => string.Join(' ', words.Distinct().Order());
}
