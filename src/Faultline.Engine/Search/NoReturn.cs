using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Search;

/// <summary>The point of no return of a witness.</summary>
/// <param name="Step">
/// The first step, 1-based, after which every continuation fails; 0 when every schedule fails; null when the bound was met first.
/// </param>
/// <param name="States">States that were visited to know it.</param>
public readonly record struct NoReturnPoint(int? Step, long States);

/// <summary>
/// Finds the point of no return on the state graph: from the witness's end backwards, each state is asked whether an end without the
/// failure can be reached from it, until one can. States that cannot are kept, so that each is visited once.
/// </summary>
public static class NoReturn
{
    /// <summary>Finds it.</summary>
    /// <param name="model">What the witness is of.</param>
    /// <param name="schedule">The witness; it ends with the failure.</param>
    /// <param name="failure">What counts as the failure.</param>
    /// <param name="limits">Bounds.</param>
    public static NoReturnPoint Find(Model model, Schedule schedule, WitnessTarget failure, SearchLimits limits)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(failure);
        using var execution = new Execution(model);
        using var walk = new Walk(
            execution,
            (e, final) => failure(e, final) ? WalkAnswer.TurnBack : final ? WalkAnswer.Stop : WalkAnswer.GoOn,
            limits);
        for (int steps = schedule.Moves.Count - 1; steps >= 0; steps--)
        {
            WalkEnd end = walk.From(schedule.Moves.Take(steps));
            if (end != WalkEnd.Exhausted)
            {
                return new NoReturnPoint(end == WalkEnd.Stopped ? steps + 1 : null, walk.States);
            }
        }

        return new NoReturnPoint(0, walk.States);
    }
}
