namespace Faultline.Engine.Search;

/// <summary>How workers hand states over to each other, and see how many wait at each.</summary>
internal sealed class StateExchange : IDisposable
{
    private const int LineWords = 128 / sizeof(int); // two cache lines, since processors fetch them in pairs
    private readonly StateChannel?[,] channels; // from whom, to whom; to oneself there is none
    private readonly int[] waiting;

    /// <summary>An exchange without states.</summary>
    /// <param name="workers">How many take part.</param>
    /// <param name="stateBytes">Bytes of a state.</param>
    public StateExchange(int workers, int stateBytes)
    {
        waiting = new int[(workers + 1) * LineWords];
        channels = new StateChannel?[workers, workers];
        for (int from = 0; from < workers; from++)
        {
            for (int to = 0; to < workers; to++)
            {
                channels[from, to] = from == to ? null : new StateChannel(stateBytes);
            }
        }
    }

    /// <summary>By which states go from one worker to another.</summary>
    public StateChannel Between(int from, int to) => channels[from, to]!;

    /// <summary>How many states wait at a worker, as it said last.</summary>
    public int WaitingAt(int worker) => Volatile.Read(ref waiting[(worker + 1) * LineWords]);

    /// <summary>Says how many states wait at a worker.</summary>
    public void TellWaiting(int worker, int count) => Volatile.Write(ref waiting[(worker + 1) * LineWords], count);

    /// <summary>Has a worker something to take?</summary>
    public bool HasFor(int worker)
    {
        bool any = false;
        for (int from = 0; from < channels.GetLength(0); from++)
        {
            any |= channels[from, worker] is { IsEmpty: false };
        }

        return any;
    }

    /// <summary>Has nobody something to take?</summary>
    public bool IsEmpty
    {
        get
        {
            bool any = false;
            for (int worker = 0; worker < channels.GetLength(0); worker++)
            {
                any |= HasFor(worker);
            }

            return !any;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (StateChannel? channel in channels)
        {
            channel?.Dispose();
        }
    }
}
