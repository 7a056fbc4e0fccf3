package fathom.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;

/// Puts a [ConnectionWatch] between each connection and the HTTP layer, and lets handlers find the
/// one of their connection.
final class WatchedConnections implements ServerConnectionSelector {
  // A connection's requests are handled on the connection's own thread.
  private static final ScopedValue<ConnectionWatch> CURRENT = ScopedValue.newInstance();

  private final ServerConnectionSelector protocol;

  WatchedConnections(ServerConnectionSelector protocol) {
    this.protocol = protocol;
  }

  /// The watch of the connection whose request this thread handles.
  static Optional<ConnectionWatch> current() {
    return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
  }

  @Override
  public int bytesToIdentifyConnection() {
    return protocol.bytesToIdentifyConnection();
  }

  @Override
  public Support supports(BufferData data) {
    return protocol.supports(data);
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return protocol.supportedApplicationProtocols();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    ConnectionWatch watch = new ConnectionWatch(context.dataReader());
    Context watched = new Context(context, DataReader.create(watch));
    return new Connection(protocol.connection(watched), watch);
  }

  private record Connection(ServerConnection connection, ConnectionWatch watch)
      implements ServerConnection {
    @Override
    public void handle(Limit limit) throws InterruptedException {
      ScopedValue.where(CURRENT, watch)
          .call(
              () -> {
                connection.handle(limit);
                return true;
              });
    }

    @Override
    public Duration idleTime() {
      return connection.idleTime();
    }

    @Override
    public void close(boolean interrupt) {
      connection.close(interrupt);
    }
  }

  /// A connection as it is but for its reader.
  private record Context(ConnectionContext connection, DataReader dataReader)
      implements ConnectionContext {
    @Override
    public ListenerContext listenerContext() {
      return connection.listenerContext();
    }

    @Override
    public ExecutorService executor() {
      return connection.executor();
    }

    @Override
    public DataWriter dataWriter() {
      return connection.dataWriter();
    }

    @Override
    public Router router() {
      return connection.router();
    }

    @Override
    public Optional<ProxyProtocolData> proxyProtocolData() {
      return connection.proxyProtocolData();
    }

    @Override
    public HelidonSocket serverSocket() {
      return connection.serverSocket();
    }

    @Override
    public PeerInfo remotePeer() {
      return connection.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
      return connection.localPeer();
    }

    @Override
    public boolean isSecure() {
      return connection.isSecure();
    }

    @Override
    public String socketId() {
      return connection.socketId();
    }

    @Override
    public String childSocketId() {
      return connection.childSocketId();
    }
  }
}
