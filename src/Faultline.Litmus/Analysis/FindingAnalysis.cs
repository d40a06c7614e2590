using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Engine.Witnesses;
using Faultline.Litmus.Checking;

namespace Faultline.Litmus.Analysis;

/// <summary>What searching the test again says about a finding.</summary>
/// <param name="NoReturn">The first step after which every continuation fails.</param>
/// <param name="Sections">Which functions, made exclusive, remove the failure.</param>
/// <param name="Same">Steps that the witness and the nearest good schedule begin with.</param>
/// <param name="Good">The nearest schedule that does not fail; null: there is none, or none was found within the bounds.</param>
/// <param name="Also">What else goes wrong in it: a schedule in which nothing does is looked for first.</param>
public sealed record FindingAnalysis(
    NoReturnPoint NoReturn, SectionSearch Sections, int Same, Witness? Good, IReadOnlyList<Violation> Also)
{
    /// <summary>Analyses a finding.</summary>
    /// <param name="result">The check that found it.</param>
    /// <param name="finding">The finding.</param>
    /// <param name="limits">Bounds.</param>
    /// <returns>Null where there is no witness, and for the order of locks, which no single run violates.</returns>
    public static FindingAnalysis? Of(CheckResult result, Finding finding, AnalysisLimits limits)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(finding);
        ArgumentNullException.ThrowIfNull(limits);
        if (finding is not { Witness: { } witness, Cycle: null })
        {
            return null;
        }

        WitnessTarget failure = Failure.Of(result, finding);
        NoReturnPoint point = Engine.Search.NoReturn.Find(
            result.Machine, witness.Schedule, failure, new SearchLimits(limits.NoReturnStates, null, limits.Cancellation));
        SectionSearch sections = SectionSearch.Run(result, finding, limits);
        int same = point.Step is { } step and > 0 ? step - 1 : -1;
        (Witness? good, List<Violation> also) = same < 0 ? (null, []) : Nearest(result, witness, same, failure, limits);
        return new FindingAnalysis(point, sections, good is null ? 0 : Common(witness, good), good, also);
    }

    // First one in which nothing at all goes wrong, then one in which something else may.
    private static (Witness? Good, List<Violation> Also) Nearest(
        CheckResult result, Witness witness, int same, WitnessTarget failure, AnalysisLimits limits)
    {
        var bounds = new SearchLimits(limits.GoodStates, null, limits.Cancellation);
        List<Move> beginning = [.. witness.Schedule.Moves.Take(same)];
        Schedule? clean = FewestSwitches.FindGood(
            result.Machine, beginning, (e, final) => e.Raised.Count > 0 || failure(e, final), bounds);
        Schedule? good = clean ?? FewestSwitches.FindGood(result.Machine, beginning, failure, bounds);
        if (good is null)
        {
            return (null, []);
        }

        Witness run = Replay.Run(result.Machine, good);
        HashSet<string> said = [.. run.Steps.SelectMany(s => s.Events).Where(e => e.Kind == EventKind.Violation).Select(e => e.Text)];
        List<Violation> also = [.. result.Search.Violations.Where(
            v => said.Any(text => text == v.ToString() || text.StartsWith($"{v}: ", StringComparison.Ordinal)))];
        return (run, also);
    }

    private static int Common(Witness bad, Witness good) =>
        bad.Schedule.Moves.Zip(good.Schedule.Moves).TakeWhile(pair => pair.First == pair.Second).Count();
}
