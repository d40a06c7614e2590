namespace Faultline.Engine.Search;

/// <summary>What a walk does with a state that it meets for the first time, or with a step that goes wrong.</summary>
public enum WalkAnswer
{
    /// <summary>Goes on from there.</summary>
    GoOn,

    /// <summary>Does not go there.</summary>
    TurnBack,

    /// <summary>Has found what it looks for.</summary>
    Stop,
}

/// <summary>Decides how a walk goes on.</summary>
/// <param name="execution">The state just reached; <see cref="Execution.Raised"/> says what went wrong on the way and in it.</param>
/// <param name="final">True when no step leads out of it.</param>
public delegate WalkAnswer WalkVisitor(Execution execution, bool final);

/// <summary>How a walk ended.</summary>
public enum WalkEnd
{
    /// <summary>Every state that can be reached was visited.</summary>
    Exhausted,

    /// <summary>The visitor stopped it.</summary>
    Stopped,

    /// <summary>It met its bound.</summary>
    Bounded,
}

/// <summary>
/// Depth-first walks from given states, each state once over all walks of one instance. The searches that explain a finding are made
/// of it; verdicts are not (<see cref="ExhaustiveSearch"/>).
/// </summary>
public sealed unsafe class Walk : IDisposable
{
    private readonly Execution execution;
    private readonly WalkVisitor visitor;
    private readonly SearchLimits limits;
    private readonly VisitedSet visited = new();
    private readonly WalkStack stack;

    /// <summary>Prepares walks.</summary>
    /// <param name="execution">The execution to run steps with.</param>
    /// <param name="visitor">Decides.</param>
    /// <param name="limits">Bounds of all walks together; the wall time is not looked at.</param>
    public Walk(Execution execution, WalkVisitor visitor, SearchLimits limits)
    {
        this.execution = execution;
        this.visitor = visitor;
        this.limits = limits;
        stack = new WalkStack(execution.Shape);
    }

    /// <summary>States visited by all walks so far.</summary>
    public long States => visited.Count;

    /// <summary>Walks from the initial state, which is a place to stop like any other.</summary>
    public WalkEnd FromStart()
    {
        execution.LockOrder.Clear();
        execution.Initialise(stack.Top);
        return visited.Add(execution.Shape.Fingerprint(stack.Top)) ? FromTop() : WalkEnd.Exhausted;
    }

    /// <summary>Walks from the state that a schedule leads to.</summary>
    /// <param name="schedule">The schedule; its steps are not shown to the visitor, the state that it ends in is.</param>
    public WalkEnd From(IEnumerable<Witnesses.Move> schedule)
    {
        execution.Initialise(stack.Top);
        foreach (Witnesses.Move move in schedule)
        {
            execution.LockOrder.Clear();
            execution.Run(move.Thread, move.Choice);
        }

        return visited.Add(execution.Shape.Fingerprint(stack.Top)) ? FromTop() : WalkEnd.Exhausted;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        visited.Dispose();
        stack.Dispose();
    }

    private WalkEnd FromTop()
    {
        WalkAnswer first = Ask(stack.Top);
        if (first != WalkAnswer.GoOn)
        {
            return first == WalkAnswer.Stop ? WalkEnd.Stopped : WalkEnd.Exhausted;
        }

        stack.Cursor = default;
        while (stack.Depth >= 0)
        {
            if (!Advance(out WalkAnswer answer))
            {
                if (stack.Depth == 0)
                {
                    return WalkEnd.Exhausted;
                }

                stack.Pop();
            }
            else if (answer == WalkAnswer.Stop)
            {
                return WalkEnd.Stopped;
            }
            else if (visited.Count > limits.MaxStates || limits.Cancellation.IsCancellationRequested)
            {
                return WalkEnd.Bounded;
            }
        }

        return WalkEnd.Exhausted;
    }

    // Takes the next step from the top of the stack; false when there is none left.
    private bool Advance(out WalkAnswer answer)
    {
        ref WalkCursor cursor = ref stack.Cursor;
        for (; cursor.Thread < execution.Shape.Threads; cursor.Thread++, cursor.Choice = 0)
        {
            if (cursor.Choice < execution.Enabled(stack.Top, cursor.Thread))
            {
                answer = Step(cursor.Thread, cursor.Choice++);
                return true;
            }
        }

        answer = WalkAnswer.GoOn;
        return false;
    }

    private WalkAnswer Step(int thread, int choice)
    {
        byte* to = stack.Scratch;
        execution.Shape.Copy(stack.Top, to);
        execution.Attach(to);
        execution.LockOrder.Clear();
        execution.Run(thread, choice);
        if (execution.Pruned)
        {
            return WalkAnswer.TurnBack;
        }

        // A step that goes wrong is asked about even when it leads to a known state: the state does not remember it.
        bool wrong = execution.Raised.Count > 0;
        ulong fingerprint = execution.Shape.Fingerprint(to);
        if (wrong)
        {
            WalkAnswer answer = Ask(to);
            return answer == WalkAnswer.GoOn && visited.Add(fingerprint) ? Enter() : answer;
        }

        if (!visited.Add(fingerprint))
        {
            return WalkAnswer.TurnBack;
        }

        WalkAnswer asked = Ask(to);
        return asked == WalkAnswer.GoOn ? Enter() : asked;
    }

    private WalkAnswer Enter()
    {
        stack.Push();
        return WalkAnswer.GoOn;
    }

    private WalkAnswer Ask(byte* state)
    {
        execution.Attach(state);
        execution.Model.CheckState(execution);
        bool final = execution.IsFinal(state);
        if (final)
        {
            execution.CheckFinal();
        }

        return visitor(execution, final);
    }
}
