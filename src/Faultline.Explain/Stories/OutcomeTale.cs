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

            lines.Add(here[i].Name.StartsWith("sigbus", StringComparison.Ordinal)
                ? $"{here[i].Name[7..^1]} gets a SIGBUS, though no access is beyond the end of its file"
                : $"{here[i].Name} is {here[i].Value}; it can only be {string.Join(" or ", values)}");
        }

        return lines;
    }

    // The order is that of Outcome.Of().
    private static List<NamedValue> Named(UserProgram program, Outcome outcome)
    {
        var names = new List<string>();
        names.AddRange(program.Threads.Select((_, t) => $"sigbus(P{t})"));
        names.AddRange(program.Threads.SelectMany((thread, t) => thread.Registers.Select(r => $"{t}:{r}")));
        foreach (FileSpec file in program.Files)
        {
            names.AddRange(Words(program, file.Name, file.Pages.Count));
        }

        foreach (MapSpec map in program.Maps)
        {
            names.AddRange(Words(program, map.Name, program.Files[map.File].Pages.Count));
        }

        return [.. names.Select((name, i) => new NamedValue(name, outcome.Values[i]))];
    }

    private static IEnumerable<string> Words(UserProgram program, string name, int pages) =>
        from page in Enumerable.Range(0, pages)
        from word in Enumerable.Range(0, program.WordsPerPage)
        select program.WordsPerPage == 1 ? $"{name}[{page}]" : $"{name}[{page}].{word}";
}
