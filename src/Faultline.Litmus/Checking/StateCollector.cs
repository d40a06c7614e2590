using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Engine.Search.Checkpoints;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Kernel.Checks;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Syntax;
using Faultline.Litmus.Verdicts;

namespace Faultline.Litmus.Checking;

/// <summary>Collects the distinct states of the condition's observables over all ends.</summary>
internal sealed class StateCollector(LitmusTest test, Machine machine, Action<SearchProgress>? progress) : ISearchObserver, ICheckpointed
{
    private readonly Dictionary<string, (long Count, bool Satisfied)> states = [];
    private readonly IReadOnlyList<Observable> observables = test.Observables;

    public long Positive { get; private set; }

    public long Negative { get; private set; }

    public IReadOnlyList<OutcomeState> States =>
        [.. states.Select(s => new OutcomeState(s.Key, s.Value.Count, s.Value.Satisfied))];

    public bool HoldsBeyondReference { get; private set; }

    public void EndState(Execution execution, bool stuck)
    {
        bool satisfied = Add(stuck && !MachineView.Crashed(machine));
        HoldsBeyondReference |= satisfied && execution.Raised.Contains(new Violation(ViolationKind.Refinement, "refinement"));
    }

    /// <summary>The first schedule that led to an end that shows what the condition asks for, from a strategy that runs one at a time.</summary>
    public Schedule? ConditionSchedule { get; private set; }

    public void EndedBy(Func<Schedule> schedule)
    {
        if ((test.Condition.Quantifier == Quantifier.Forall ? Negative : Positive) > 0)
        {
            ConditionSchedule ??= schedule();
        }
    }

    public void Progress(SearchProgress where) => progress?.Invoke(where);

    public void Restart()
    {
        states.Clear();
        (Positive, Negative, HoldsBeyondReference) = (0, 0, false);
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Positive);
        writer.Write(Negative);
        writer.Write(HoldsBeyondReference);
        writer.Write(states.Count);
        foreach ((string line, (long count, bool satisfied)) in states)
        {
            writer.Write(line);
            writer.Write(count);
            writer.Write(satisfied);
        }
    }

    public void Load(BinaryReader reader)
    {
        (Positive, Negative, HoldsBeyondReference) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadBoolean());
        states.Clear();
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            states.Add(reader.ReadString(), (reader.ReadInt64(), reader.ReadBoolean()));
        }
    }

    // A livelock has no end state: its first state stands for it.
    public void AddHang(Schedule? schedule)
    {
        if (schedule is not null)
        {
            Replay.Visit(machine, schedule, _ => Add(hang: true));
        }
    }

    private bool Add(bool hang)
    {
        var outcome = new MachineOutcome(machine, hang);
        bool satisfied = Condition.Evaluate(test.Condition, outcome);
        Positive += satisfied ? 1 : 0;
        Negative += satisfied ? 0 : 1;
        string line = StateLine.Print(observables, outcome);
        long before = states.TryGetValue(line, out (long Count, bool Satisfied) known) ? known.Count : 0;
        states[line] = (before + 1, satisfied);
        return satisfied;
    }
}
