using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Programs;

namespace Faultline.Explain.Stories;

/// <summary>The outcome of a run, held against those of the atomic reference.</summary>
internal static class OutcomeTale
{
    private const int NearestAtMost = 4;

    /// <summary>What a run of the schedule ends with, part by part.</summary>
    public static List<NamedValue> Values(Machine machine, Schedule schedule)
    {
        Outcome? outcome = null;
        Replay.Visit(machine, schedule, _ => outcome = Outcome.Of(machine));
        return Named(machine.Program, outcome!);
    }

    /// <summary>What is left after the power failure that a schedule ends with.</summary>
    public static List<NamedValue> Survived(Machine machine, Schedule schedule)
    {
        var values = new List<NamedValue>();
        UserProgram program = machine.Program;
        Replay.Visit(machine, schedule, _ =>
        {
            for (int file = 0; file < program.Files.Count; file++)
            {
                string name = program.Files[file].Name;
                int f = file;
                values.AddRange(
                    from page in Enumerable.Range(0, program.Files[f].Pages.Count)
                    from word in Enumerable.Range(0, program.WordsPerPage)
                    select new NamedValue(
                        $"durable({name}[{page}]{(program.WordsPerPage == 1 ? "" : $".{word}")})", MachineView.Durable(machine, f, page, word)));
                values.Add(new NamedValue($"durable_size({name})", MachineView.DurableSize(machine, file)));
            }
        });
        return values;
    }

    /// <summary>Tells how an outcome that is not allowed differs from those that are; null when they are not known.</summary>
    public static OutcomeStory? Of(Machine machine, Schedule schedule)
    {
        if (machine.Reference is not { } reference)
        {
            return null;
        }

        List<NamedValue> here = Values(machine, schedule);
        var allowed = reference.All.Select(o => Named(machine.Program, o)).ToList();
        var nearest = allowed
            .Select(o => new AllowedOutcome(o, [.. o.Where((v, i) => v.Value != here[i].Value)]))
            .OrderBy(o => o.Differences.Count)
            .ThenBy(o => string.Join(' ', o.Values), StringComparer.Ordinal)
            .ToList();
        int fewest = nearest.Count > 0 ? nearest[0].Differences.Count : 0;
        return new OutcomeStory(
            here,
            Impossible(here, allowed),
            allowed.Count,
            [.. nearest.Where(o => o.Differences.Count == fewest).Take(NearestAtMost)]);
    }

    private static List<string> Impossible(List<NamedValue> here, List<List<NamedValue>> allowed)
    {
        var lines = new List<string>();
        for (int i = 0; i < here.Count; i++)
        {
            var values = allowed.Select(o => o[i].Value).Distinct().Order().ToList();
            if (values.Contains(here[i].Value))
            {
                continue;
            }

            lines.Add(here[i].Name.StartsWith("signal(", StringComparison.Ordinal)
                ? SignalText(here[i].Name["signal(".Length..^1], here[i].Value)
                : $"{here[i].Name} is {here[i].Value}; it can only be {string.Join(" or ", values)}");
        }

        return lines;
    }

    private static string SignalText(string thread, int signal) => signal switch
    {
        0 => $"{thread} gets no signal",
        Outcome.Sigbus => $"{thread} gets a SIGBUS, though no access is beyond the end of its file",
        _ => $"{thread} gets a SIGSEGV, though all its accesses are allowed",
    };

    // The order is that of Outcome.Of().
    private static List<NamedValue> Named(UserProgram program, Outcome outcome)
    {
        var names = new List<(string Name, bool IsTold)>();
        names.AddRange(program.Threads.Select((_, t) => ($"signal(P{t})", true)));
        names.AddRange(program.Threads.SelectMany((thread, t) => thread.Registers.Select(r => ($"{t}:{r}", true))));
        foreach (FileSpec file in program.Files)
        {
            names.AddRange(Words(program, file.Name, file.Pages.Count).Select(w => (w.Name, true)));
        }

        // A size that cannot change tells nothing.
        bool sizesChange = program.Instructions.Any(i => i.Opcode is Opcode.Truncate or Opcode.Fallocate or Opcode.Write or Opcode.Reflink);
        names.AddRange(program.Files.Select(f => ($"size({f.Name})", sizesChange)));
        foreach (MapSpec map in program.Maps)
        {
            string name = map.CopyOf < 0 ? map.Name : $"{program.Processes[map.Process].Name}:{map.Name}";
            int pages = program.Files[map.File].Pages.Count;
            int end = map.PageCount == 0 ? pages : map.FirstPage + map.PageCount;
            names.AddRange(Words(program, name, pages).Select(w => (w.Name, w.Page >= map.FirstPage && w.Page < end)));
        }

        return [.. names.Select((name, i) => (Value: new NamedValue(name.Name, outcome.Values[i]), name.IsTold)).Where(v => v.IsTold).Select(v => v.Value)];
    }

    private static IEnumerable<(string Name, int Page)> Words(UserProgram program, string name, int pages) =>
        from page in Enumerable.Range(0, pages)
        from word in Enumerable.Range(0, program.WordsPerPage)
        select (program.WordsPerPage == 1 ? $"{name}[{page}]" : $"{name}[{page}].{word}", page);
}
