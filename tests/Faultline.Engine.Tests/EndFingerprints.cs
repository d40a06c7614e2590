using Faultline.Engine.Search;

namespace Faultline.Engine.Tests;

/// <summary>The fingerprints of the states in which nothing more happens.</summary>
public sealed class EndFingerprints : ISearchObserver
{
    /// <summary>What was found, since the search last began.</summary>
    public HashSet<ulong> Found { get; } = [];

    /// <summary>How often an end was told.</summary>
    public int Told { get; private set; }

    public void EndState(Execution execution, bool stuck)
    {
        Found.Add(execution.StateFingerprint);
        Told++;
    }

    public void Restart()
    {
        Found.Clear();
        Told = 0;
    }

    public void Progress(SearchProgress progress)
    {
    }
}
