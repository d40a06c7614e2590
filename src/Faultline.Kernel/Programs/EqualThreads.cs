namespace Faultline.Kernel.Programs;

/// <summary>Threads that nobody can tell apart by what they do.</summary>
internal static class EqualThreads
{
    /// <summary>Groups of at least two threads of one process that run the same instructions from the start.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Of(UserProgram program)
    {
        var groups = new List<List<int>>();
        for (int thread = 0; thread < program.Threads.Count; thread++)
        {
            ThreadSpec spec = program.Threads[thread];
            if (program.Processes[spec.Process].Parent >= 0)
            {
                continue;
            }

            List<int>? group = groups.Find(g => AreEqual(program.Threads[g[0]], spec));
            if (group is null)
            {
                groups.Add(group = []);
            }

            group.Add(thread);
        }

        return [.. groups.Where(g => g.Count > 1)];
    }

    // The lines that instructions stand on, and the names of registers, are for reports.
    private static bool AreEqual(ThreadSpec one, ThreadSpec other) =>
        one.Process == other.Process
        && one.Registers.Count == other.Registers.Count
        && one.Code.Select(i => i with { Line = 0 }).SequenceEqual(other.Code.Select(i => i with { Line = 0 }));
}
