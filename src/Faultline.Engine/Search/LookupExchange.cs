namespace Faultline.Engine.Search;

/// <summary>
/// How several workers share a visited set: each adds to a part of its own and asks the others for what belongs to theirs. When one is long in
/// answering, since it sleeps or its processor does something else, any other may answer in its place.
/// </summary>
internal sealed class LookupExchange : IDisposable
{
    private readonly VisitedSet visited;
    private readonly bool numbered;
    private readonly LookupChannel[,] channels; // who asks, whose part

    public LookupExchange(VisitedSet visited, int workers, bool numbered)
    {
        this.visited = visited;
        this.numbered = numbered;
        channels = new LookupChannel[workers, workers];
        for (int from = 0; from < workers; from++)
        {
            for (int part = 0; part < workers; part++)
            {
                channels[from, part] = new LookupChannel();
            }
        }
    }

    /// <summary>What a worker asks of each part; of its own, nothing.</summary>
    public LookupChannel[] Of(int worker) => [.. Enumerable.Range(0, channels.GetLength(1)).Select(part => channels[worker, part])];

    /// <summary>Answers what was asked of a part, unless somebody else holds it.</summary>
    public void Answer(int part)
    {
        bool isAsked = false;
        for (int from = 0; from < channels.GetLength(0); from++)
        {
            isAsked |= channels[from, part].IsAsked;
        }

        if (!isAsked || !visited.TryHold(part))
        {
            return;
        }

        try
        {
            for (int from = 0; from < channels.GetLength(0); from++)
            {
                channels[from, part].Answer(visited, part, numbered);
            }
        }
        finally
        {
            visited.Release(part);
        }
    }

    /// <summary>A batch that will be answered next, or null. For who holds the part.</summary>
    public unsafe LookupBatch* Next(int part)
    {
        LookupBatch* next = null;
        for (int from = 0; from < channels.GetLength(0) && next == null; from++)
        {
            next = channels[from, part].Next;
        }

        return next;
    }

    /// <summary>Brings nearer what others ask of a worker, and what they answer it.</summary>
    public void Prefetch(int worker)
    {
        for (int other = 0; other < channels.GetLength(0); other++)
        {
            channels[other, worker].PrefetchQuestion();
            channels[worker, other].PrefetchAnswer();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LookupChannel channel in channels)
        {
            channel.Dispose();
        }
    }
}
