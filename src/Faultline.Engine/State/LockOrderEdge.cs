namespace Faultline.Engine.State;

/// <summary>An edge of the order of lock classes: a lock of one class is taken while one of another is held.</summary>
/// <param name="Held">Number of the class that is held.</param>
/// <param name="Taken">Number of the class that is taken.</param>
/// <param name="IsDocumented">A rule of the layout, whether or not the program does it.</param>
/// <param name="IsSeen">A search saw a thread do it.</param>
public sealed record LockOrderEdge(int Held, int Taken, bool IsDocumented, bool IsSeen);

/// <summary>How an edge of the lock order is known.</summary>
[Flags]
internal enum OrderSources : byte
{
    None = 0,
    Documented = 1,
    Seen = 2,
}
