namespace Faultline.Engine.Search;

/// <summary>
/// How workers share a search: one that has nothing left waits here, others give it of theirs, and the search is over when all wait.
/// Also where they all stand still for a moment when the first worker needs that.
/// </summary>
/// <param name="workers">How many take part.</param>
/// <param name="exchange">By which they hand states over to each other; null: they do not.</param>
internal sealed class SharedFrontier(int workers, StateExchange? exchange = null)
{
    private readonly object gate = new();
    private readonly List<nint> states = [];
    private int waiting;
    private int still;
    private volatile bool hungry;
    private volatile bool stopping;
    private volatile bool over;

    /// <summary>True when a worker waits for states: give some.</summary>
    public bool IsHungry => hungry;

    /// <summary>True when workers are to call <see cref="StandStill"/>, with nothing pending.</summary>
    public bool IsStopping => stopping;

    /// <summary>No worker may go on: the search is complete, or a bound was met.</summary>
    public bool IsOver => over;

    /// <summary>States that nobody has taken, to look at while all stand still.</summary>
    public IReadOnlyList<nint> States => states;

    /// <summary>Ends the search for all workers.</summary>
    public void End()
    {
        lock (gate)
        {
            over = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Gives the older half of a worker's states to those that wait.</summary>
    public void Give(StateStack from)
    {
        lock (gate)
        {
            from.MoveOldest(from.Count / 2, states);
            hungry = false;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Takes states, or waits until others have handed some over; false when the search is over.</summary>
    /// <param name="into">Gets them.</param>
    /// <param name="worker">Who takes them. What it hands over itself is sent.</param>
    public bool Take(StateStack into, int worker)
    {
        lock (gate)
        {
            waiting++;
            if (waiting == workers && states.Count == 0 && exchange is not { IsEmpty: false })
            {
                End();
            }

            Monitor.PulseAll(gate); // the first worker may wait for everybody to stand still, or one may sleep that has something to take
            while (states.Count == 0 && !over && exchange?.HasFor(worker) != true)
            {
                hungry = true;
                Monitor.Wait(gate);
            }

            waiting--;
            int share = (states.Count + 1) / 2;
            for (int i = 0; i < share; i++)
            {
                into.Push(states[^1]);
                states.RemoveAt(states.Count - 1);
            }

            return !over;
        }
    }

    /// <summary>Called by a worker when <see cref="IsStopping"/>: waits until it may go on.</summary>
    public void StandStill()
    {
        lock (gate)
        {
            still++;
            Monitor.PulseAll(gate);
            while (stopping && !over)
            {
                Monitor.Wait(gate);
            }

            still--;
        }
    }

    /// <summary>Lets every other worker stand still, does something, and lets them go on. For the first worker only.</summary>
    public void WhileAllStandStill(Action act)
    {
        lock (gate)
        {
            stopping = true;
            while (still + waiting < workers - 1 && !over)
            {
                Monitor.Wait(gate);
            }

            try
            {
                if (!over)
                {
                    act();
                }
            }
            finally
            {
                stopping = false;
                Monitor.PulseAll(gate);
            }
        }
    }
}
