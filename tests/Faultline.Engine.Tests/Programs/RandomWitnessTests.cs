using CsCheck;
using Faultline.Engine.Search;
using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Tests.Programs;

/// <summary>The shortest witness against every schedule of random programs.</summary>
public sealed class RandomWitnessTests
{
    /// <summary>The target is one end: the words, what each thread read, and who holds what.</summary>
    [Fact]
    public void NoScheduleToAnEndHasFewerSwitchesNorFewerSteps() => Gen.Select(SmallProgram.Tiny, Gen.Int[0, 1000]).Sample(
        (program, pick) =>
        {
            var interpreter = new Interpreter(program);
            string[] ends = [.. States(interpreter).Where(interpreter.IsFinal).Order(StringComparer.Ordinal)];
            string target = ends[pick % ends.Length];
            var model = new ProgramModel(program);
            Schedule schedule = CompareWithAllSchedules(
                interpreter, model, state => state == target, (execution, final) => final && model.Spell(execution) == target);
            Assert.Equal(target, Run(interpreter, schedule));
        },
        iter: 500,
        threads: 1);

    /// <summary>The target is a value of a word, met on the way: schedules with as many switches differ in length.</summary>
    [Fact]
    public void NoScheduleToAValueHasFewerSwitchesNorFewerSteps() => Gen.Select(SmallProgram.Tiny, Gen.Int[0, 1000]).Sample(
        (program, pick) =>
        {
            var interpreter = new Interpreter(program);
            (int Word, char Value)[] values =
            [
                .. States(interpreter).SelectMany(s => Enumerable.Range(0, SmallProgram.VisibleWords).Select(w => (w, s[w])))
                    .Where(v => v.Item2 != 0).Distinct().Order(),
            ];
            if (values.Length > 0)
            {
                var (word, value) = values[pick % values.Length];
                Schedule schedule = CompareWithAllSchedules(
                    interpreter,
                    new ProgramModel(program),
                    state => state[word] == value,
                    (execution, _) => execution.Word(word) == value);
                Assert.Equal(value, Run(interpreter, schedule)[word]);
            }
        },
        iter: 500,
        threads: 1);

    [Fact]
    public void AnEndThatNoScheduleReachesHasNoWitness() => SmallProgram.Tiny.Sample(
        program => Assert.Null(FewestSwitches.Find(new ProgramModel(program), (execution, _) => execution.Word(0) == 1_000)),
        iter: 100,
        threads: 1);

    /// <summary>The edges of the lock order, one search each, are those that one search of everything sees; each run shows its edge.</summary>
    [Fact]
    public void TheLockOrderThatASearchSeesIsThatOfItsRuns()
    {
        int inversions = 0;
        SmallProgram.Any.Sample(program => inversions += CompareLockOrder(program), iter: 2_000, threads: 1);
        Assert.InRange(inversions, 1, int.MaxValue);
    }

    private static HashSet<string> States(Interpreter interpreter) =>
        BruteForce.Reach(interpreter.InitialStretch, interpreter.NextStretch).States;

    private static int CompareLockOrder(SmallProgram program)
    {
        int inversions = 0;
        var model = new ProgramModel(program);
        SearchResult search = Searching.All(model);
        int classes = model.Layout.Classes.Count;
        for (int pair = 0; pair < classes * classes; pair++)
        {
            int held = pair / classes, taken = pair % classes;
            Violation inversion = model.Layout.InversionOf(held, taken);
            bool violates = search.Violations.Contains(inversion);
            bool seen = violates || search.LockOrder.Any(e => e.Held == held && e.Taken == taken);
            Assert.Equal(seen, FewestSwitches.FindLockOrder(model, held, taken) is not null);
            if (violates)
            {
                inversions++;
                LockCycle cycle = LockCycles.WithExamples(model, LockCycles.Of(model.Layout, search.LockOrder, inversion));
                Assert.All(cycle.Edges, e => Assert.NotNull(e.Example));
                Witness witness = Replay.Run(model, cycle.Edges[0].Example!.Schedule, search.LockOrder);
                Assert.Contains(witness.Steps[^1].Events, e => e.Text == inversion.ToString());
            }
        }

        return inversions;
    }

    private static Schedule CompareWithAllSchedules(
        Interpreter interpreter, ProgramModel model, Func<string, bool> isTarget, WitnessTarget target)
    {
        var best = (Switches: int.MaxValue, Steps: int.MaxValue);
        Follow(interpreter, interpreter.InitialStretch, isTarget, last: -1, (0, 0), ref best);
        Schedule? schedule = FewestSwitches.Find(model, target);
        Assert.NotNull(schedule);
        Witness witness = Replay.Run(model, Schedule.Parse(schedule.ToString()));
        Assert.Equal(best, (witness.Switches, witness.Steps.Count));
        string reached = Run(interpreter, schedule);
        Assert.Equal(reached.Take(SmallProgram.VisibleWords).Select(c => (int)c), witness.FinalWords.Take(SmallProgram.VisibleWords));
        Assert.Equal(Preemptions(interpreter, schedule), witness.Preemptions);
        Assert.Equal(witness.Preemptions, witness.Steps.Count(s => s.Preemption));
        return schedule;
    }

    // Every schedule, no state remembered; only those already longer than the best are cut.
    private static void Follow(
        Interpreter interpreter,
        string state,
        Func<string, bool> isTarget,
        int last,
        (int Switches, int Steps) cost,
        ref (int Switches, int Steps) best)
    {
        if (cost.CompareTo(best) >= 0)
        {
            return;
        }

        if (isTarget(state))
        {
            best = cost;
            return;
        }

        for (int t = 0; t < interpreter.Threads; t++)
        {
            int switches = cost.Switches + (last >= 0 && last != t ? 1 : 0);
            for (int choice = 0; choice < interpreter.Alternatives(state, t); choice++)
            {
                Follow(interpreter, interpreter.TakeStretch(state, t, choice), isTarget, t, (switches, cost.Steps + 1), ref best);
            }
        }
    }

    private static string Run(Interpreter interpreter, Schedule schedule) =>
        schedule.Moves.Aggregate(interpreter.InitialStretch, (s, m) => interpreter.TakeStretch(s, m.Thread, m.Choice));

    private static int Preemptions(Interpreter interpreter, Schedule schedule)
    {
        string state = interpreter.InitialStretch;
        int preemptions = 0, last = -1;
        foreach (Move move in schedule.Moves)
        {
            preemptions += last >= 0 && last != move.Thread && interpreter.Alternatives(state, last) > 0 ? 1 : 0;
            state = interpreter.TakeStretch(state, move.Thread, move.Choice);
            last = move.Thread;
        }

        return preemptions;
    }
}
