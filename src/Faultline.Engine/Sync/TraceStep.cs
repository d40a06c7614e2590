using Faultline.Engine.Coroutines;
using Faultline.Engine.State;

namespace Faultline.Engine.Sync;

/// <summary>
/// A trace event, for a recorder. It is no step while searching; where the execution stops at traces it is a visible step of its own,
/// because a tracer shows all threads' events in one order.
/// </summary>
/// <param name="what">What the event says, as the model packs it into bits 0 to 61; 0: nobody records.</param>
/// <param name="optional">The event may also be left out: two ways to go where the execution stops at traces.</param>
public readonly struct TraceStep(long what, bool optional = false) : IStep
{
    private const long Optional = 1L << 62;

    private readonly long bits = optional ? what | Optional : what;

    /// <summary>Lets it be awaited.</summary>
    public TraceStep GetAwaiter() => this;

    /// <summary>True when no scheduling point is needed.</summary>
    public bool IsCompleted => bits == 0
        || !Execution.Current.StopsAtTraces
        || Execution.Current.TryInline(StepKind.Access, 0, (bits & Optional) == 0 ? 1 : 2);

    /// <summary>Fires. True when the event was not left out.</summary>
    public bool GetResult()
    {
        if (bits == 0)
        {
            return true;
        }

        Execution execution = Execution.Current;
        bool leftOut = false;
        if (execution.StopsAtTraces)
        {
            execution.Commit();
            leftOut = (bits & Optional) != 0 && execution.Choice != 0;
        }

        if (!leftOut)
        {
            execution.Recorder?.Traced(bits & ~Optional);
        }

        return !leftOut;
    }
}
