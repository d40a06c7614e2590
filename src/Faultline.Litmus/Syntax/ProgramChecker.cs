namespace Faultline.Litmus.Syntax;

/// <summary>
/// Checks what only the whole program tells: which thread runs in which process, and whether the mappings that it names are there and
/// writable. What it says follows from the text only if all of it was understood.
/// </summary>
internal sealed class ProgramChecker(Scope scope, IReadOnlyList<ThreadBuilder> threads, DiagnosticList diagnostics)
{
    private readonly Dictionary<int, string> processes = [];

    public void Check(IEnumerable<(int Thread, Token Name)> members)
    {
        int before = diagnostics.Count;
        foreach ((int thread, Token name) in members)
        {
            if (thread >= threads.Count)
            {
                diagnostics.Add(new InputError(name.Position, $"there is no thread {name.Text}; expected P0..P{threads.Count - 1}"));
            }
        }

        if (diagnostics.Count > before || scope.HasErrors || threads.Any(t => t.HasErrors))
        {
            return;
        }

        foreach (ProcessDeclaration process in scope.Processes)
        {
            process.Threads.ToList().ForEach(t => processes[t] = process.Name);
        }

        if (CheckForks() is { } tree)
        {
            CheckMaps(tree);
        }
    }

    /// <summary>Returns who forks whom; null when that makes no sense.</summary>
    private ForkTree? CheckForks()
    {
        int before = diagnostics.Count;
        var forks = threads.SelectMany((t, forker) => t.Forks.Select(f => (Forker: forker, Fork: f))).OrderBy(f => f.Fork.Position).ToList();
        int[] forkers = [.. Enumerable.Repeat(-1, threads.Count)];
        Dictionary<int, SourcePosition> first = [];
        foreach ((int forker, ForkUse fork) in forks)
        {
            if (ProblemOf(forker, fork, first) is { } problem)
            {
                diagnostics.Add(new InputError(fork.Position, problem));
            }

            first.TryAdd(fork.Thread, fork.Position);
            forkers[fork.Thread] = forker;
        }

        ForkTree tree = new(forkers);
        if (diagnostics.Count == before && tree.Order.Count < threads.Count)
        {
            HashSet<int> starting = [.. tree.Order];
            (int forker, ForkUse fork) = forks.First(f => !starting.Contains(f.Fork.Thread));
            diagnostics.Add(new InputError(
                fork.Position, $"the forks of P{fork.Thread} and P{forker} go round in a circle; expected a fork by a thread that starts"));
        }

        return diagnostics.Count == before ? tree : null;
    }

    private string? ProblemOf(int forker, ForkUse fork, Dictionary<int, SourcePosition> first)
    {
        string name = threads[fork.Thread].Name;
        if (fork.Thread == forker)
        {
            return $"{name} cannot fork itself; expected another thread";
        }

        if (first.TryGetValue(fork.Thread, out SourcePosition other))
        {
            return $"{name} is forked already, on line {other.Line}; expected another thread";
        }

        if (processes.TryGetValue(fork.Thread, out string? process))
        {
            return $"{name} is a thread of process {Token.Clip(process)} from the start; expected a thread of no declared process";
        }

        return fork.Times > 1 ? $"the loops around would fork {name} {fork.Times} times; expected a fork that runs once" : null;
    }

    private void CheckMaps(ForkTree tree)
    {
        HashSet<int> madeWritable = [.. threads.SelectMany(t => t.MadeWritable)];
        foreach ((int index, ThreadBuilder thread) in threads.Index())
        {
            string process = processes.GetValueOrDefault(tree.RootOf(index), Vocabulary.Main);
            foreach (MapUse use in thread.Maps)
            {
                MapDeclaration map = scope.Maps[use.Map];
                if (map.Process != process)
                {
                    diagnostics.Add(new InputError(use.Position, Elsewhere(map, thread.Name, process, tree.IsForked(index))));
                }
                else if (use.Writer is not null && !map.IsWritable && !madeWritable.Contains(use.Map))
                {
                    string name = Token.Clip(map.Name);
                    diagnostics.Add(new InputError(
                        use.Position, $"{name} is mapped read-only; expected a mapping with 'rw', or 'mprotect({name}, rw)', for {use.Writer}"));
                }
            }
        }
    }

    private string Elsewhere(MapDeclaration map, string thread, string process, bool isForked)
    {
        string[] names = [.. scope.Maps.Where(m => m.Process == process).Select(m => m.Name)];
        string where = (isForked ? "a copy of " : "") + Token.Clip(process);
        return $"{Token.Clip(map.Name)} is a mapping of process {Token.Clip(map.Process)}; {thread} runs in {where}; "
            + $"expected one of: {Vocabulary.List(names)}";
    }
}
