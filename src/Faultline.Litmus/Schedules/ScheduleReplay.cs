using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Analysis;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Schedules;

/// <summary>A kept schedule run again.</summary>
/// <param name="Machine">The machine it ran on.</param>
/// <param name="Witness">The run, as far as it went.</param>
/// <param name="Finding">The finding, with this run as its witness.</param>
/// <param name="Shows">The finding was seen, where the schedule ends.</param>
/// <param name="Differences">What is not as it was; empty when the run is exactly the one that was kept.</param>
public sealed record ScheduleReplay(Machine Machine, Witness Witness, Finding Finding, bool Shows, IReadOnlyList<string> Differences)
{
    private const int DifferencesAtMost = 8;
    private const long LivelockStates = 4_000_000;
    private const string Condition = "condition";
    private const string Livelock = "livelock";

    /// <summary>Runs a schedule again.</summary>
    /// <param name="file">The schedule.</param>
    /// <param name="test">Its test.</param>
    /// <param name="program">The test compiled.</param>
    /// <param name="kernel">The kernel version: the one that the file names, or another to try it on.</param>
    /// <param name="filesystem">The filesystem.</param>
    public static ScheduleReplay Run(ScheduleFile file, LitmusTest test, UserProgram program, KernelVersion kernel, FilesystemKind filesystem)
    {
        ArgumentNullException.ThrowIfNull(file);
        Machine machine = Checker.MachineFor(test, program, kernel, filesystem, Checker.ReferenceOf(program, CheckOptions.Default).Value);
        List<Move> moves = [.. file.Steps.Select(s => s.Move)];
        WitnessTarget condition = Failure.OfCondition(test, machine);
        Violation? seen = null;
        bool holds = false;
        (int steps, string? stopped) = Follow.Run(machine, moves, Look);
        Witness witness = Replay.Run(machine, new Schedule([.. moves.Take(steps)]));
        List<string> differences = [.. FirstDifference(file, witness)];
        if (stopped is not null)
        {
            differences.Add(stopped);
        }

        Violation? violation = file.Finding == Condition ? null
            : file.Finding == Livelock ? new Violation(ViolationKind.Livelock, Livelock)
            : seen ?? new Violation(ViolationKind.Invariant, file.Finding);
        bool shows = file.Finding == Condition ? holds
            : file.Finding == Livelock ? stopped is null && Livelocks(machine, moves)
            : seen is not null;
        if (!shows)
        {
            differences.Add($"{file.Finding} does not happen");
        }

        if (stopped is null)
        {
            IReadOnlyList<string> changed = ScheduleFile.ChangedWords(machine, witness);
            differences.AddRange(file.Changed.Except(changed).Select(word => $"at the end no longer {word}"));
            differences.AddRange(changed.Except(file.Changed).Select(word => $"at the end now {word}"));
        }

        return new ScheduleReplay(
            machine, witness, new Finding(violation, witness) { IsShortest = file.IsShortest }, shows, [.. differences.Take(DifferencesAtMost)]);

        void Look(Execution e, bool final)
        {
            for (int i = 0; i < e.Raised.Count; i++)
            {
                seen ??= e.Raised[i].ToString() == file.Finding ? e.Raised[i] : null;
            }

            holds = condition(e, final);
        }
    }

    // The first step that is another one: those after it follow from it.
    private static IEnumerable<string> FirstDifference(ScheduleFile file, Witness witness)
    {
        for (int i = 0; i < witness.Steps.Count; i++)
        {
            string now = ScheduleFile.What(witness.Steps[i]);
            if (now != file.Steps[i].What)
            {
                yield return $"step {i + 1} was '{file.Steps[i].What}', is now '{now}'";
                yield break;
            }
        }
    }

    // From the state that the schedule ends in no end can be reached.
    private static bool Livelocks(Machine machine, IReadOnlyList<Move> moves)
    {
        using var execution = new Execution(machine);
        using var walk = new Walk(execution, (_, final) => final ? WalkAnswer.Stop : WalkAnswer.GoOn, new SearchLimits(LivelockStates));
        return walk.From(moves) == WalkEnd.Exhausted;
    }
}
