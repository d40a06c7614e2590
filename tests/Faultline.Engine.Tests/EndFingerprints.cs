using Faultline.Engine.Search;

namespace Faultline.Engine.Tests;

/// <summary>The fingerprints of the states in which nothing more happens.</summary>
public sealed class EndFingerprints : ISearchObserver
{
    /// <summary>What was found, since the search last began.</summary>
    public HashSet<ulong> Found { get; } = [];

    public void EndState(Execution execution, bool stuck) => Found.Add(execution.StateFingerprint);

    public void Restart() => Found.Clear();

    public void Progress(SearchProgress progress)
    {
    }
}
