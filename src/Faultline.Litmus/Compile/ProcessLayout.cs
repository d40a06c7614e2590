using Faultline.Kernel.Programs;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Compile;

/// <summary>
/// The processes of a test and their mappings: the main one, those that are declared, then one for each forked thread, with copies of
/// its parent's mappings. Declared mappings come first and keep their indices, which conditions use.
/// </summary>
internal sealed class ProcessLayout
{
    private const int None = -1;

    private readonly List<ProcessSpec> processes;
    private readonly List<MapSpec> maps;
    private readonly int[] processOf;
    private readonly Dictionary<(int Process, int Map), int> copies = [];

    public ProcessLayout(LitmusTest test)
    {
        processes = [new ProcessSpec(Vocabulary.Main, None), .. test.Processes.Select(p => new ProcessSpec(p.Name, None))];
        processOf = new int[test.Threads.Count];
        foreach ((int index, ProcessDeclaration process) in test.Processes.Index())
        {
            process.Threads.ToList().ForEach(t => processOf[t] = index + 1);
        }

        Dictionary<string, int> indices = processes.Index().ToDictionary(p => p.Item.Name, p => p.Index);
        maps = [.. test.Maps.Select(m => Declared(m, indices[m.Process]))];
        ForkTree tree = ForkTree.Of(test.Threads);
        foreach (int thread in tree.Order.Where(tree.IsForked))
        {
            Fork(test.Threads[thread].Name, thread, processOf[tree.ForkerOf(thread)]);
        }
    }

    public IReadOnlyList<ProcessSpec> Processes => processes;

    public IReadOnlyList<MapSpec> Maps => maps;

    public int ProcessOf(int thread) => processOf[thread];

    /// <summary>What a declared mapping is in the process of a thread.</summary>
    public int MapFor(int thread, int declared) => copies.GetValueOrDefault((processOf[thread], declared), declared);

    private static MapSpec Declared(MapDeclaration map, int process) => new(map.Name, map.File, map.IsShared, map.IsWritable)
    {
        Sync = map.IsSync,
        FirstPage = map.FirstPage,
        PageCount = map.MappedPages,
        Alignment = map.Alignment,
        Process = process,
    };

    private void Fork(string name, int thread, int parent)
    {
        int child = processes.Count;
        processes.Add(new ProcessSpec($"fork-{name}", parent));
        processOf[thread] = child;
        foreach (int original in Enumerable.Range(0, maps.Count).Where(m => maps[m].Process == parent).ToList())
        {
            copies[(child, DeclarationOf(original))] = maps.Count;
            maps.Add(maps[original] with { Process = child, CopyOf = original });
        }
    }

    private int DeclarationOf(int map)
    {
        while (maps[map].CopyOf >= 0)
        {
            map = maps[map].CopyOf;
        }

        return map;
    }
}
