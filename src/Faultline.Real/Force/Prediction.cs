using System.Globalization;
using System.Text.RegularExpressions;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Programs;
using Faultline.Real.Agent;
using Faultline.Real.Histograms;

namespace Faultline.Real.Force;

/// <summary>What can be seen of an end: each by its name.</summary>
/// <param name="Values">Names such as <c>1:r0</c>, <c>signal(P0)</c>, <c>f[0].1</c>, <c>faults(P0)</c>, in order.</param>
public sealed partial record Prediction(IReadOnlyList<(string Name, long Value)> Values)
{
    /// <summary>The end of a schedule after which some threads never end.</summary>
    public static Prediction Hang { get; } = new([]) { IsHang = true };

    /// <summary>Some threads never end.</summary>
    public bool IsHang { get; private init; }

    /// <summary>What the model ends with.</summary>
    /// <param name="machine">The machine of the witness.</param>
    /// <param name="schedule">A schedule that ends.</param>
    public static Prediction Of(Machine machine, Schedule schedule)
    {
        var values = new List<(string, long)>();
        Replay.Visit(machine, schedule, _ => values.AddRange(Read(machine)));
        return new Prediction(values);
    }

    /// <summary>What a real kernel ended with, of the same things.</summary>
    public Prediction Seen(Machine machine, AgentOutcome outcome) =>
        new([.. Read(machine, outcome).Where(v => Values.Any(p => p.Name == v.Name))]);

    /// <summary>Whether atomic loads, stores and system calls could have ended so, too: then the end does not show that threads met.</summary>
    /// <param name="program">The test.</param>
    /// <param name="reference">The ends of the atomic reference; null: not all are known, and it is taken to be so.</param>
    public bool NeedsNoRace(UserProgram program, OutcomeSet? reference) =>
        reference is null || (!IsHang && reference.All.Any(o => !Differences(new Prediction([.. Read(program, new ReferenceOutcome(program, o))])).Any()));

    /// <summary>What differs: <c>1:r0 is 7 where the model says 1</c>.</summary>
    public IEnumerable<string> Differences(Prediction seen) =>
        from p in Values
        join s in seen.Values on p.Name equals s.Name
        where p.Value != s.Value
        select $"{p.Name} is {s.Value} where the model says {p.Value}";

    /// <inheritdoc/>
    public override string ToString() => string.Join(" ", Values.Select(v => $"{v.Name}={v.Value};"));

    private static IEnumerable<(string, long)> Read(Machine machine)
    {
        UserProgram program = machine.Program;
        for (int t = 0; t < program.Threads.Count; t++)
        {
            for (int r = 0; r < program.Threads[t].Registers.Count; r++)
            {
                yield return ($"{t}:{program.Threads[t].Registers[r]}", MachineView.Register(machine, t, r));
            }
        }

        for (int t = 0; t < program.Threads.Count; t++)
        {
            int signals = (MachineView.Sigbus(machine, t) ? 1 : 0) | (MachineView.Sigsegv(machine, t) ? 2 : 0);
            yield return ($"signal(P{t})", signals);
            if (machine.Observe.FaultCounts && signals == 0)
            {
                yield return ($"faults(P{t})", MachineView.Faults(machine, t));
            }
        }

        for (int f = 0; f < program.Files.Count; f++)
        {
            for (int page = 0; page < MachineView.Size(machine, f); page++)
            {
                for (int word = 0; word < program.WordsPerPage; word++)
                {
                    yield return (WordName(program, f, page, word), Outcome.FileWord(f, page, word));
                }
            }
        }
    }

    private static IEnumerable<(string Name, long Value)> Read(UserProgram program, ReferenceOutcome outcome)
    {
        for (int t = 0; t < program.Threads.Count; t++)
        {
            for (int r = 0; r < program.Threads[t].Registers.Count; r++)
            {
                yield return ($"{t}:{program.Threads[t].Registers[r]}", outcome.Register(t, r));
            }

            yield return ($"signal(P{t})", (outcome.Sigbus(t) ? 1 : 0) | (outcome.Sigsegv(t) ? 2 : 0));
        }

        for (int f = 0; f < program.Files.Count; f++)
        {
            for (int at = 0; at < outcome.Size(f) * program.WordsPerPage; at++)
            {
                (int page, int word) = Math.DivRem(at, program.WordsPerPage);
                yield return (WordName(program, f, page, word), outcome.FileWord(f, page, word));
            }
        }
    }

    private static IEnumerable<(string Name, long Value)> Read(Machine machine, AgentOutcome outcome)
    {
        UserProgram program = machine.Program;
        for (int t = 0; t < program.Threads.Count; t++)
        {
            ThreadOutcome it = outcome.Threads[t];
            for (int r = 0; r < program.Threads[t].Registers.Count; r++)
            {
                yield return ($"{t}:{program.Threads[t].Registers[r]}", it.Registers[r]);
            }
        }

        for (int t = 0; t < program.Threads.Count; t++)
        {
            yield return ($"signal(P{t})", outcome.Threads[t].Signals);
            yield return ($"faults(P{t})", outcome.Threads[t].Faults);
        }

        string[] files = outcome.Files.Split(';', StringSplitOptions.RemoveEmptyEntries);
        for (int f = 0; f < files.Length; f++)
        {
            string[] pages = Head().Replace(files[f], "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            for (int page = 0; page < pages.Length; page++)
            {
                string[] words = pages[page].Split('/');
                for (int word = 0; word < program.WordsPerPage && words[0] != "-"; word++)
                {
                    yield return (WordName(program, f, page, word), long.Parse(words[Math.Min(word, words.Length - 1)], CultureInfo.InvariantCulture));
                }
            }
        }
    }

    private static string WordName(UserProgram program, int file, int page, int word) =>
        $"{program.Files[file].Name}[{page}]{(program.WordsPerPage > 1 ? $".{word}" : "")}";

    [GeneratedRegex(@"^\d+[-+.*]*:")]
    private static partial Regex Head();
}
